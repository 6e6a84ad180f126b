"""Cells on other machines: a Dask cluster as one more executor. Its workers write into the study folder themselves.

The scheduler runs a task again whose worker died, on another worker or on the one that replaces it; after
as many deaths as its `allowed-failures` it gives the task up.
"""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from orchestrion.errors import StudyError
from orchestrion.experiments.cell import Ran, Task, run_cell
from orchestrion.experiments.identity import digest, engine_version
from orchestrion.experiments.parallel import Hands
from orchestrion.experiments.store import StudyFolder

ANSWER_S = 15  # that a scheduler has to answer in, and a first worker to be there
HELD = 2  # tasks for each thread of the cluster that are with it at a time: none waits, and little travels


@contextmanager
def cluster(address: str, folder: StudyFolder) -> Iterator[Hands]:
    """The hands of a Dask cluster.

    Parameters
    ----------
    address
        Of its scheduler, such as tcp://10.0.0.7:8786.
    folder
        The study folder, on a file system that all its workers share.

    Raises
    ------
    StudyError
        If nobody answers, no worker is there, or workers do not see the folder or run other sources.
    """
    try:
        import distributed
    except ImportError as error:
        raise StudyError(
            "a cluster needs the package distributed; install it: pip install 'orchestrion[cluster]'"
        ) from error
    try:
        # a Client that finds nobody leaves its thread behind: look first
        host, port = distributed.comm.get_address_host_port(address)
        socket.create_connection((host, port), ANSWER_S).close()
        client = distributed.Client(address, timeout=ANSWER_S, set_as_default=False, name="orchestrion")
    except (OSError, ValueError, TypeError, ImportError) as error:  # TimeoutError is an OSError
        raise StudyError(
            f"{address}: no Dask scheduler answers there ({error}); start one with `dask scheduler`, workers with "
            "`dask worker ADDRESS`, and give the address it prints"
        ) from error
    try:
        _check(client, address, folder)
        yield Hands(
            open=lambda: client.get_executor(pure=False),
            window=lambda: max(HELD * sum(client.nthreads().values()), 1),
            stop=lambda executor: executor.shutdown(wait=False),
            explain=_explained,
        )
    finally:
        client.close()


def run_there(task: Task) -> Ran:
    """`run_cell` on a worker of a cluster, which may have joined since the study began."""
    if task.cell.version != engine_version():
        raise StudyError(_other_sources(platform.node(), engine_version(), task.cell.version))
    if not StudyFolder(task.folder).manifest_path.exists():
        raise StudyError(_unseen(platform.node(), task.folder))
    return run_cell(task)


def look(folder: str) -> tuple[str, str | None]:
    """What a worker sees: its engine, and the hash of the manifest that stands in the folder."""
    try:
        return engine_version(), digest(StudyFolder(folder).manifest())
    except StudyError:
        return engine_version(), None


def _check(client: Any, address: str, folder: StudyFolder) -> None:
    try:
        client.wait_for_workers(1, timeout=ANSWER_S)
    except TimeoutError as error:
        raise StudyError(f"{address}: the cluster has no worker; start some with `dask worker {address}`") from error
    seen: Mapping[str, Any] = client.run(look, os.fspath(folder.path.absolute()), on_error="return")
    ours = look(os.fspath(folder.path))
    for worker, found in seen.items():
        if isinstance(found, BaseException):
            raise StudyError(f"worker {worker}: cannot run Orchestrion ({found}); install it there") from found
        engine, manifest = found
        if engine != ours[0]:
            raise StudyError(_other_sources(f"worker {worker}", engine, ours[0]))
        if manifest != ours[1]:
            raise StudyError(_unseen(f"worker {worker}", os.fspath(folder.path.absolute())))


def _other_sources(who: str, theirs: str, ours: str) -> str:
    return f"{who}: runs Orchestrion {theirs}, this is {ours}; install the same one there"


def _unseen(who: str, folder: str) -> str:
    return f"{who}: does not see the study in {folder}; choose a folder on a file system that all workers share"


def _explained(error: Exception) -> str | None:
    import distributed

    if isinstance(error, distributed.KilledWorker):
        return "its worker died again and again, out of memory perhaps"
    if isinstance(error, CancelledError | distributed.CancelledError | OSError):
        return f"the cluster lost it ({str(error) or type(error).__name__})"
    return None
