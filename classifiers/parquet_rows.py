"""A Parquet file as rows, and the three Parquet files it is sorted into.

Takes a file and the columns to look at; reads and writes in bounded pieces. Knows nothing about
gates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet as parquet

from gatewright.classifiers.columns import require_columns
from gatewright.classifiers.verdict_log import Chunk, Item, Position
from gatewright.errors import InputError

__all__ = ["ParquetRows"]

_CHUNK_ROWS, _GROUP_ROWS = 512, 8192
_GATE_COLUMNS = {
    "gate_decision": pyarrow.string(),
    "gate_reason": pyarrow.string(),
    "gate_rule": pyarrow.string(),
    "gate_score": pyarrow.float64(),
}


@dataclass(frozen=True)
class ParquetRows:
    """A source of rows for filtering, and the three files it is sorted into."""

    path: Path
    columns: Mapping[str, str]
    suffix = ".parquet"

    @property
    def size(self) -> int:
        """In rows, as positions are."""
        with self._open() as file:
            return int(file.metadata.num_rows)

    def check(self) -> None:
        """Look at the schema.

        Raises:
            InputError: the file is damaged, or has no such columns.
        """
        with self._open() as file:
            require_columns(self.columns, file.schema_arrow.names, str(self.path))

    def chunks(self, start: Position) -> Iterator[Chunk]:
        """The rows after `start`, in pieces that depend on nothing but the file."""
        wanted = sorted(set(self.columns.values()))
        at = 0
        with self._open() as file:
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if at + rows <= start.at:
                    at += rows
                    continue
                for batch in file.iter_batches(_CHUNK_ROWS, row_groups=[group], columns=wanted):
                    at += batch.num_rows
                    if at > start.at:
                        yield Chunk(self._items(batch), Position(at))

    def split(self, verdicts: Iterable[Mapping[str, Any]], folder: Path) -> None:
        """Write every row to the file of its decision; dropped and undecided ones say why."""
        verdicts = iter(verdicts)
        with ExitStack() as stack:
            file = stack.enter_context(self._open())
            plain = file.schema_arrow
            schemas = {"kept": plain, "dropped": _wider(plain), "undecided": _wider(plain)}
            writers = {
                name: stack.enter_context(parquet.ParquetWriter(folder / f"{name}.parquet", schema))
                for name, schema in schemas.items()
            }
            for batch in file.iter_batches(_GROUP_ROWS):
                decided = list(islice(verdicts, batch.num_rows))
                for name, writer in writers.items():
                    rows = _chosen(batch, decided, name, schemas[name])
                    if rows.num_rows:
                        writer.write_table(rows)

    def _open(self) -> Any:
        try:
            return parquet.ParquetFile(self.path)
        except (pyarrow.ArrowException, OSError) as error:
            raise InputError(f"{self.path} is not a readable Parquet file: {error}") from error

    def _items(self, batch: Any) -> list[Item]:
        texts = {name: _values(batch.column(column)) for name, column in self.columns.items()}
        return [
            next((each.problem for each in row if isinstance(each, _Damaged)), None)
            or dict(zip(texts, row, strict=True))
            for row in zip(*texts.values(), strict=True)
        ]


@dataclass(frozen=True)
class _Damaged:
    problem: str


def _values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError as error:
        return _Damaged(f"not UTF-8: byte {error.start + 1} of the text")


def _wider(schema: Any) -> Any:
    fields = [field for field in schema if field.name not in _GATE_COLUMNS]
    fields += [pyarrow.field(name, kind) for name, kind in _GATE_COLUMNS.items()]
    return pyarrow.schema(fields, metadata=_without_pandas(schema.metadata))


def _without_pandas(metadata: Mapping[bytes, bytes] | None) -> dict[bytes, bytes]:
    """What libraries noted about the columns no longer holds for more columns."""
    stale = (b"pandas", b"huggingface")
    return {name: value for name, value in (metadata or {}).items() if name not in stale}


def _chosen(batch: Any, verdicts: list[Mapping[str, Any]], decision: str, schema: Any) -> Any:
    places = [at for at, verdict in enumerate(verdicts) if verdict["decision"] == decision]
    table = pyarrow.Table.from_batches([batch]).take(pyarrow.array(places, pyarrow.int64()))
    arrays = [
        pyarrow.array([verdicts[at][field.name.removeprefix("gate_")] for at in places], field.type)
        if decision != "kept" and field.name in _GATE_COLUMNS
        else table.column(field.name)
        for field in schema
    ]
    return pyarrow.Table.from_arrays(arrays, schema=schema)
