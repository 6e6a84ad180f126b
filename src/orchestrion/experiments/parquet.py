"""Columns to Parquet and back through DuckDB: types kept, provenance in the key-values, no pandas on the way."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.database import connected, pattern, quoted
from orchestrion.errors import StudyError

Columns = Mapping[str, "NDArray[Any] | Sequence[Any]"]


_ours = threading.local()


def connection() -> Any:
    """This thread's DuckDB, in memory."""
    if getattr(_ours, "process", None) != os.getpid():  # a forked process makes its own
        _ours.duckdb = connected()
        _ours.process = os.getpid()
    return _ours.duckdb


def arrays(columns: Columns) -> dict[str, NDArray[Any]]:
    """Every column as an array: text as objects, numbers as they are.

    Raises
    ------
    StudyError
        If the columns differ in length or a type cannot be kept in Parquet.
    """
    result = {}
    lengths = set()
    for name, column in columns.items():
        array = np.asarray(column)
        if array.ndim == 1 and len(array) == 0 and not isinstance(column, np.ndarray):
            array = array.astype(object)  # an empty list of names
        if array.dtype.kind in "US":
            array = array.astype(object)
        if array.ndim != 1 or array.dtype.kind not in "biufO":
            raise StudyError(f"column {name!r}, {array.dtype} of shape {array.shape}: only plain columns are kept")
        if array.dtype.kind == "O" and not all(issubclass(kind, (str, type(None))) for kind in set(map(type, array))):
            raise StudyError(f"column {name!r} holds something other than text and numbers")
        result[name] = array
        lengths.add(len(array))
    if len(lengths) > 1:
        raise StudyError(f"columns of different lengths: { {name: len(a) for name, a in result.items()} }")
    return result


def content_hash_of_file(path: Path) -> str:
    """`content_hash` of a Parquet file; of a table of numbers in the memory of some of its rows.

    Raises
    ------
    StudyError
        If the file is missing, cut short or not Parquet.
    """
    types = {name: col.dtype for name, col in _answered(path, "SELECT * FROM read_parquet(?) LIMIT 0").items()}
    if any(dtype.kind == "O" for dtype in types.values()):
        return content_hash(read_table(path))
    total = int(_answered(path, "SELECT count(*) AS rows FROM read_parquet(?)")["rows"][0])
    whole = hashlib.sha256()
    for name, dtype in types.items():
        little = dtype.newbyteorder("<")
        whole.update(f"{name}\0{little.str}\0{total}\0".encode())
        for block in column_blocks(path, name, total):
            array = np.ascontiguousarray(block.astype(little, copy=False))
            whole.update(_one_nan(array).data)
    return whole.hexdigest()


def _one_nan(array: NDArray[Any]) -> NDArray[Any]:
    """One nan, whatever its sign and payload."""
    return np.where(np.isnan(array), np.nan, array) if array.dtype.kind == "f" else array


def content_hash(columns: Columns) -> str:
    """SHA-256 of names, types and values: equal for equal columns, whichever library wrote the file."""
    whole = hashlib.sha256()
    for name, array in arrays(columns).items():
        if array.dtype.kind == "O":
            data: Any = json.dumps(array.tolist(), ensure_ascii=False).encode()
            kind = "text"
        else:
            array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
            array = _one_nan(array)
            data, kind = array.data, array.dtype.str
        whole.update(f"{name}\0{kind}\0{len(array)}\0".encode())
        whole.update(data)
    return whole.hexdigest()


@contextmanager
def interruptible() -> Iterator[None]:
    """DuckDB turns Ctrl-C into errors of its own; outside it is an interruption again."""
    import duckdb

    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        # "Query interrupted" where it was at work itself, "KeyboardInterrupt" where it was asking NumPy for something
        told = isinstance(error, duckdb.InterruptException) or "KeyboardInterrupt" in str(error)
        if not told and str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error


def write_table(path: Path, columns: Columns, provenance: Mapping[str, Any]) -> None:
    """Write columns to one Parquet file (zstd); the same columns give the same bytes.

    Parameters
    ----------
    provenance
        What JSON can hold; found again under the key `orchestrion` of the file's key-values.
    """
    con = connection()
    table = arrays(columns)
    chosen = ", ".join(
        f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" if array.dtype.kind == "O" else quoted(name)
        for name, array in table.items()
    )
    told = json.dumps(provenance, sort_keys=True, ensure_ascii=False).replace("'", "''")
    target = str(path).replace("'", "''")
    with interruptible():
        con.register("columns_to_write", table)
        try:
            con.execute(
                f"COPY (SELECT {chosen} FROM columns_to_write) TO '{target}' "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{orchestrion: '{told}'}})"
            )
        finally:
            con.unregister("columns_to_write")


def read_table(
    path: Path, only: Iterable[str] | None = None, where: Mapping[str, str | int] | None = None
) -> dict[str, NDArray[Any]]:
    """The columns of one Parquet file, typed as they were written.

    Parameters
    ----------
    only
        These columns, in this order; all when left out.
    where
        Only rows whose columns have these values.

    Raises
    ------
    StudyError
        If the file is missing, cut short or not Parquet, or lacks a column asked for.
    """
    wanted = "*" if only is None else ", ".join(map(quoted, only))
    rows = " AND ".join(f"{quoted(name)} = ?" for name in where or ())
    query = f"SELECT {wanted} FROM read_parquet(?)" + (f" WHERE {rows}" if rows else "")
    return _answered(path, query, *(where or {}).values())


def _answered(path: Path, query: str, *values: str | int) -> dict[str, NDArray[Any]]:
    """Columns of a query whose first `?` is the file."""
    import duckdb

    try:
        with interruptible():
            found = connection().execute(query, [[pattern(path)], *values]).fetchnumpy()
    except duckdb.Error as error:
        raise StudyError(f"{path}: cannot be read as Parquet ({str(error).splitlines()[0]})") from error
    return {name: unmasked(column) for name, column in found.items()}


def read_provenance(path: Path) -> dict[str, Any]:
    """What `write_table` was told about the file's origin."""
    rows = connection().execute("SELECT key, value FROM parquet_kv_metadata(?)", [pattern(path)]).fetchall()
    return next((dict(json.loads(value)) for key, value in rows if key == b"orchestrion"), {})


def unmasked(column: NDArray[Any]) -> NDArray[Any]:
    """A column as DuckDB answers it, as a plain array: None, among numbers NaN, where a value is missing."""
    if not isinstance(column, np.ma.MaskedArray):  # DuckDB answers a masked array where a value is missing
        return column
    text, known = column.dtype.kind == "O", ~np.ma.getmaskarray(column)
    plain: NDArray[Any] = np.full(column.shape, None if text else np.nan, object if text else np.float64)
    plain[known] = column.data[known]
    return plain


def column_blocks(path: Path, column: str, total: int, rows: int = 1_000_000) -> Iterator[NDArray[Any]]:
    """One column of a Parquet file, so many rows at a time."""
    query = (
        f"SELECT {quoted(column)} FROM read_parquet(?, file_row_number = true) "
        "WHERE file_row_number >= ? AND file_row_number < ?"
    )
    for begin in range(0, total, rows):
        yield _answered(path, query, begin, begin + rows)[column]
