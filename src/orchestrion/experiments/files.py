"""Files that are whole or absent: written under a temporary name, flushed to disk, renamed."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from orchestrion.errors import StudyError

# what is being written (tmp), and what stood in its place until it was there (old)
_TEMPORARY = re.compile(r"^\.(?P<name>.+)\.(?P<host>[A-Za-z0-9-]+)\.(?P<pid>\d+)\.[0-9a-f]{8}\.(?P<kind>tmp|old)$")
_FOREIGN_AGE_S = 24 * 3_600  # another machine's leftovers: we cannot ask whether their process lives
LARGEST_JSON = 64 * 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@lru_cache(maxsize=1)
def _host() -> str:
    name = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname()) or "host"
    try:
        # two containers may share a host name and a folder: a process number means nothing outside its namespace
        return f"{name}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return name


def temporary_name(target: Path, kind: Literal["tmp", "old"] = "tmp") -> Path:
    """A sibling of the target that tells whose it is: host and process."""
    return target.with_name(f".{target.name}.{_host()}.{os.getpid()}.{secrets.token_hex(4)}.{kind}")


def is_temporary(path: Path) -> bool:
    """Whether the name is one of ours, unfinished."""
    return _TEMPORARY.match(path.name) is not None


def is_stale(path: Path) -> bool:
    """Whether an unfinished file or folder was left by a process that is gone."""
    match = _TEMPORARY.match(path.name)
    if match is None:
        return False
    if match["host"] == _host() and os.name == "posix":
        return not _alive(int(match["pid"]))
    try:
        # a folder keeps its own date while files deep in it grow
        written = max(one.stat().st_mtime for one in (path, *path.rglob("*")))
    except FileNotFoundError:
        return False
    return time.time() - written > _FOREIGN_AGE_S


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # in a container nobody may wait for an orphan: it stays as a zombie, which writes nothing any more
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return True


@contextmanager
def told(path: Path, doing: str) -> Iterator[None]:
    """Turn what the disk answers into a StudyError that names the file and the way out."""
    import duckdb

    try:
        yield
    except OSError as error:
        raise StudyError(_in_words(path, doing, error)) from error
    except duckdb.Error as error:
        words = str(error)
        if "memory_limit" in words and "offload" not in words:
            raise StudyError(
                f"{path}: cannot {doing}: putting its facts in order takes more memory than it is given "
                f'({words.splitlines()[0]}); keep fewer of them (facts="orders")'
            ) from error
        if "offload" in words or isinstance(error, duckdb.IOException | duckdb.FatalException):
            raise StudyError(_in_words(path, doing, _as_told_by_duckdb(error))) from error
        raise


def _as_told_by_duckdb(error: Exception) -> OSError:
    """DuckDB tells what the system answered in its text alone."""
    words = str(error).splitlines()[0]
    if "offload" in words:  # what memory does not hold waits on disk, as far as there is room
        return OSError(errno.ENOSPC, words)
    for number in (*_FULL, *_FORBIDDEN):
        if os.strerror(number).lower() in words.lower():
            return OSError(number, words)
    return OSError(errno.EIO, words)


def _in_words(path: Path, doing: str, error: OSError) -> str:
    place = error.filename or path
    if error.errno in _FULL:
        return f"{place}: cannot {doing}: the disk is full; free some space and run again, finished cells are kept"
    if error.errno in _FORBIDDEN:
        return f"{place}: cannot {doing}: not allowed to write there; choose another folder"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{place}: cannot {doing}: there is a file where a folder is needed; choose another folder"
    return f"{place}: cannot {doing}: {error.strerror or error}"


def flush(path: Path) -> None:
    """Ask the disk to have a file, or the names in a folder."""
    if path.is_dir() and os.name != "posix":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_tree(folder: Path) -> None:
    """`flush` for everything below a folder, and for the folder."""
    for root, _, files in os.walk(folder):
        for name in files:
            flush(Path(root) / name)
        flush(Path(root))


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a text file whole, replacing what was there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        if durable:
            flush(temporary)
        os.replace(temporary, path)
        if durable:
            flush(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Mapping[str, Any], *, durable: bool = True) -> None:
    """Write a JSON file whole: sorted keys, no NaN."""
    write_text(
        path, json.dumps(value, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n", durable=durable
    )


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    StudyError
        If the file is missing, too large, not JSON, or not an object.
    """
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise StudyError(f"{path}: larger than {LARGEST_JSON} bytes: not a file of a study")
        value = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except FileNotFoundError as error:
        raise StudyError(f"{path}: no such file") from error
    except (OSError, ValueError, RecursionError) as error:
        raise StudyError(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(value, dict):
        raise StudyError(f"{path}: holds {type(value).__name__}, a JSON object is needed")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def write_folder(
    target: Path, fill: Callable[[Path], None], *, ours: Callable[[Path], bool], durable: bool = True
) -> bool:
    """Make a folder whole or not at all, also when another process makes the same one.

    Parameters
    ----------
    fill
        Writes the contents into the (temporary) folder it is given.
    ours
        Whether a folder that already stands at `target` will do; else it is replaced.

    Returns
    -------
    Whether our version is the one that stands there now.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(target)
    try:
        temporary.mkdir()
        fill(temporary)
        if durable:
            flush_tree(temporary)
        placed = _place(temporary, target, ours)
        if placed and durable:
            flush(target.parent)
        return placed
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _place(temporary: Path, target: Path, ours: Callable[[Path], bool]) -> bool:
    for _ in range(8):  # another process may put its own there between our two steps
        try:
            temporary.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EACCES, errno.EPERM, errno.ENOTDIR):
                raise
            if not target.is_dir():
                raise
        else:
            return True
        if ours(target):
            return False
        # a folder in use cannot be replaced in one step: who is killed between the two leaves the old one aside, and
        # `remove_stale` puts it back
        aside = temporary_name(target, "old")
        try:
            target.rename(aside)
        except FileNotFoundError:
            continue
        try:
            temporary.rename(target)
        except OSError:
            _put_back(aside, target)
            continue
        shutil.rmtree(aside, ignore_errors=True)
        return True
    raise StudyError(f"{target}: other processes keep replacing it; is another version of Orchestrion writing here?")


def _put_back(aside: Path, target: Path) -> None:
    """What was set aside, where it stood, unless something new stands there."""
    try:
        aside.rename(target)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """Take a folder away in one step: nobody sees half of it."""
    aside = temporary_name(folder)
    try:
        folder.rename(aside)
    except FileNotFoundError:
        return
    shutil.rmtree(aside, ignore_errors=True)


def remove_stale(folder: Path) -> list[Path]:
    """Remove what dead processes left unfinished below a folder; the living keep theirs.

    What a dead process had set aside, and not replaced yet, goes back to its place.
    """
    removed = []
    for root, folders, files in os.walk(folder):
        for name in sorted(folders + files):
            path = Path(root) / name
            if is_stale(path):
                match = _TEMPORARY.match(name)
                if match is not None and match["kind"] == "old":
                    _put_back(path, path.with_name(match["name"]))
                elif path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
                removed.append(path)
        folders[:] = [name for name in folders if not _TEMPORARY.match(name)]
    return removed
