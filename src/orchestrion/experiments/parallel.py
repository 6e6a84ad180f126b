"""Many cells on many hands: processes of this machine by default, any executor of `concurrent.futures` on request."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the work.

    Attributes
    ----------
    open
        Gives the executor; once more after it broke down.
    window
        How many tasks may be under way at a time, as of now.
    renews
        Whether a broken executor is replaced by opening another.
    stop
        What is done with the executor when the study stops early.
    explain
        What is behind an error that is the executor's rather than the task's; None when it is the task's.
    """

    open: Callable[[], Executor]
    window: Callable[[], int]
    renews: bool = False
    stop: Callable[[Executor], object] = lambda executor: None
    explain: Callable[[Exception], str | None] = lambda error: None


def run_tasks(
    function: Callable[[Task], Ran],
    tasks: Sequence[Task],
    done: Callable[[Task, Ran], None],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    hands: Hands | None = None,
) -> None:
    """Run every task, calling `done` here as each one finishes, in the order they finish.

    What a task computes does not depend on where it runs. A task whose worker process died is run again, alone if need
    be; an interruption stops the workers and leaves finished cells as they are.

    Parameters
    ----------
    workers
        Processes; None for as many as there are CPUs, 1 to stay in this process.
    executor
        Somebody else's executor; it is not shut down.
    hands
        Others who do the work: a cluster.

    Raises
    ------
    StudyError
        If a task's worker died `ATTEMPTS` times.
    """
    count = worker_count(workers)
    if executor is not None:
        _with_hands(Hands(lambda: executor, lambda: len(tasks)), function, tasks, done)
    elif hands is not None:
        _with_hands(hands, function, tasks, done)
    elif count == 1 or len(tasks) <= 1:
        for task in tasks:
            done(task, _named(task, partial(function, task)))
    else:
        local = Hands(lambda: _local(count), lambda: 2 * count, renews=True, stop=_kill)
        _with_hands(local, function, tasks, done)


def _with_hands(
    hands: Hands, function: Callable[[Task], Ran], tasks: Sequence[Task], done: Callable[[Task, Ran], None]
) -> None:
    waiting = deque(tasks)
    suspects: deque[Task] = deque()  # ran when a worker died: one of them may have killed it, so each is tried alone
    deaths: dict[str, int] = {}
    running: dict[Future[Ran], Task] = {}
    executor = hands.open()
    try:
        while waiting or suspects or running:
            with _explained(hands, "the next replications"):
                window = 1 if suspects or _suspected(running, deaths) else hands.window()
                while (waiting or suspects) and len(running) < window:
                    task = (suspects or waiting).popleft()
                    running[executor.submit(function, task)] = task
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            broken: list[Task] = []
            for future in sorted(finished, key=list(running).index):
                task = running.pop(future)
                try:
                    with _explained(hands, _called(task)):
                        report = _named(task, future.result)
                except BrokenExecutor:
                    broken.append(task)
                else:
                    done(task, report)
            if broken:
                if not hands.renews:
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
                            f"{_called(task)}: its worker process died "
                            f"{ATTEMPTS} times, out of memory perhaps; finished cells are kept; run again with "
                            "fewer workers, or with workers=1 to see it happen"
                        )
                suspects.extend(broken)
                executor = hands.open()
    except BaseException:
        if not hands.renews:  # ours are killed; what they were at may not be cancelled as well
            for future in running:
                future.cancel()
        hands.stop(executor)
        raise


@contextmanager
def _explained(hands: Hands, what: str) -> Iterator[None]:
    """An error that is the executor's own, in words."""
    try:
        yield
    except Exception as error:
        why = hands.explain(error)
        if why is None:
            raise
        raise StudyError(f"{what}: {why}; finished cells are kept, run again to go on") from error


def _called(task: Task) -> str:
    return f"{task.label}, replication {task.cell.replication}"


def _kill(executor: Executor) -> None:
    executor.shutdown(wait=True, kill_workers=True)  # type: ignore[call-arg]  # loky's own argument


def _suspected(running: dict[Future[Ran], Task], deaths: dict[str, int]) -> bool:
    return any(task.cell.key in deaths for task in running.values())


def _local(count: int) -> Executor:
    import loky

    pool: Any = loky.get_reusable_executor(
        max_workers=count, timeout=300, initializer=_begin_worker, initargs=(os.getpid(),), env=_ONE_THREAD
    )
    return pool  # type: ignore[no-any-return]


def _begin_worker(parent: int) -> None:
    threading.Thread(target=_leave_with, args=(parent,), name="leave with the parent", daemon=True).start()
    # Ctrl-C reaches the whole process group: the parent stops the workers, without a traceback from each
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # loky replaces a worker that has grown by 300 MB and warns of a leak: ours remember compiled worlds, which is meant
    from loky import process_executor

    if hasattr(process_executor, "_MAX_MEMORY_LEAK_SIZE"):
        process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize


def _leave_with(parent: int) -> None:
    """End this worker when the process that started it was killed: nobody waits for it, and its cells are whole."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _named(task: Task, call: Callable[[], T]) -> T:
    """The call's result; an error learns which replication it happened in."""
    try:
        return call()
    except BrokenExecutor:
        raise
    except Exception as error:
        error.add_note(f"in {task.label}, replication {task.cell.replication} (seed {task.cell.seed})")
        raise
