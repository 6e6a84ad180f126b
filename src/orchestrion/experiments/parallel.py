"""Many cells on many hands: processes of this machine by default, any executor of `concurrent.futures` on request."""

from __future__ import annotations

import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from functools import partial
from typing import Any, TypeVar

from orchestrion.errors import StudyError
from orchestrion.experiments.cell import Ran, Task

ATTEMPTS = 3  # a cell whose worker dies so often is at fault itself

T = TypeVar("T")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def worker_count(workers: int | None) -> int:
    """The number of processes to use: the CPUs this process may use, unless told.

    Raises
    ------
    StudyError
        If fewer than one is asked for.
    """
    if workers is None:
        import loky

        return int(loky.cpu_count())
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise StudyError(f"workers = {workers!r}: a whole number of processes, 1 or more")
    return workers


def run_tasks(
    function: Callable[[Task], Ran],
    tasks: Sequence[Task],
    done: Callable[[Task, Ran], None],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
) -> None:
    """Run every task, calling `done` here as each one finishes, in the order they finish.

    What a task computes does not depend on where it runs. A task whose worker process died is run again, alone if need
    be; an interruption stops the workers and leaves finished cells as they are.

    Parameters
    ----------
    workers
        Processes; None for as many as there are CPUs, 1 to stay in this process.
    executor
        Somebody else's executor, Dask's for example; it is not shut down.

    Raises
    ------
    StudyError
        If a task's worker died `ATTEMPTS` times.
    """
    count = worker_count(workers)
    if executor is None and (count == 1 or len(tasks) <= 1):
        for task in tasks:
            done(task, _named(task, partial(function, task)))
        return
    if executor is not None:
        _with_executor(lambda: executor, function, tasks, done, window=len(tasks), ours=False)
    else:
        _with_executor(lambda: _local(count), function, tasks, done, window=2 * count, ours=True)


def _with_executor(
    open_executor: Callable[[], Executor],
    function: Callable[[Task], Ran],
    tasks: Sequence[Task],
    done: Callable[[Task, Ran], None],
    *,
    window: int,
    ours: bool,
) -> None:
    waiting = deque(tasks)
    suspects: deque[Task] = deque()  # ran when a worker died: one of them may have killed it, so each is tried alone
    deaths: dict[str, int] = {}
    running: dict[Future[Ran], Task] = {}
    executor = open_executor()
    try:
        while waiting or suspects or running:
            while (waiting or suspects) and len(running) < (1 if suspects or _suspected(running, deaths) else window):
                task = (suspects or waiting).popleft()
                running[executor.submit(function, task)] = task
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            broken: list[Task] = []
            for future in sorted(finished, key=list(running).index):
                task = running.pop(future)
                try:
                    report = _named(task, future.result)
                except BrokenExecutor:
                    broken.append(task)
                else:
                    done(task, report)
            if broken:
                if not ours:
                    raise StudyError(
                        "the executor given broke down (a worker process died); finished cells are kept, "
                        "run again to go on"
                    )
                broken += running.values()
                running.clear()
                for task in broken:
                    deaths[task.cell.key] = deaths.get(task.cell.key, 0) + 1
                    if deaths[task.cell.key] >= ATTEMPTS:
                        raise StudyError(
                            f"{task.label}, replication {task.cell.replication}: its worker process died "
                            f"{ATTEMPTS} times, out of memory perhaps; finished cells are kept; run again with "
                            "fewer workers, or with workers=1 to see it happen"
                        )
                suspects.extend(broken)
                executor = open_executor()
    except BaseException:
        if ours:
            executor.shutdown(wait=True, kill_workers=True)  # type: ignore[call-arg]  # loky's own argument
        else:
            for future in running:
                future.cancel()
        raise


def _suspected(running: dict[Future[Ran], Task], deaths: dict[str, int]) -> bool:
    return any(task.cell.key in deaths for task in running.values())


def _local(count: int) -> Executor:
    import loky

    pool: Any = loky.get_reusable_executor(
        max_workers=count, timeout=300, initializer=_begin_worker, env=_ONE_THREAD
    )
    return pool  # type: ignore[no-any-return]


def _begin_worker() -> None:
    # Ctrl-C reaches the whole process group: the parent stops the workers, without a traceback from each
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # loky replaces a worker that has grown by 300 MB and warns of a leak: ours remember compiled worlds, which is meant
    from loky import process_executor

    if hasattr(process_executor, "_MAX_MEMORY_LEAK_SIZE"):
        process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize


def _named(task: Task, call: Callable[[], T]) -> T:
    """The call's result; an error learns which replication it happened in."""
    try:
        return call()
    except BrokenExecutor:
        raise
    except Exception as error:
        error.add_note(f"in {task.label}, replication {task.cell.replication} (seed {task.cell.seed})")
        raise
