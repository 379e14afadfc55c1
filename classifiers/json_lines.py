"""JSON lines as rows: bytes in, one outcome for each line, however broken, in constant memory.

Takes a file and the columns to look at. A line that cannot be read is a row with a problem, never
the end of the file. Knows nothing about gates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from gatewright.classifiers.columns import require_columns
from gatewright.classifiers.verdict_log import Chunk, Item, Position
from gatewright.errors import InputError

__all__ = ["LONGEST_LINE", "JsonLines", "Line", "read_lines"]

LONGEST_LINE = 16 << 20
"""Longest line that is read, in bytes; a longer one is a row with a problem."""

_CHUNK_ROWS, _CHUNK_BYTES = 512, 8 << 20
_LOOK_AHEAD = 100
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line of a file, blank ones included."""

    number: int
    """From 1."""
    offset: int
    length: int
    """In bytes, the line's end included."""
    raw: bytes
    """As it stands in the file; empty when it is over-long."""
    value: dict[str, Any] | None
    """The object it holds, if it holds one."""
    problem: str | None
    """Why it holds none, as `kind: detail`."""

    @property
    def blank(self) -> bool:
        """Nothing but white space: not a row."""
        return self.problem is None and self.value is None


@dataclass(frozen=True)
class JsonLines:
    """A source of rows for filtering, and the three files it is sorted into."""

    path: Path
    columns: Mapping[str, str]
    suffix = ".jsonl"

    @property
    def size(self) -> int:
        """In bytes, as positions are."""
        return self.path.stat().st_size

    def check(self) -> None:
        """Look at the first rows.

        Raises:
            InputError: they are not JSON objects, or none of them has the columns.
        """
        with self.path.open("rb") as file:
            head = list(islice((line for line in read_lines(file) if not line.blank), _LOOK_AHEAD))
        objects = [line.value for line in head if line.value is not None]
        if head and not objects:
            raise InputError(
                f"{self.path} is not JSON lines: line {head[0].number}: {head[0].problem}. Give "
                "one JSON object per line, or a Parquet file"
            )
        if objects:
            seen = dict.fromkeys(name for value in objects for name in value)
            require_columns(self.columns, seen, str(self.path))

    def chunks(self, start: Position) -> Iterator[Chunk]:
        """The rows after `start`, in pieces that depend on nothing but the file."""
        items: list[Item] = []
        began, blank = start.at, start.blank
        with self.path.open("rb") as file:
            file.seek(start.at)
            for line in read_lines(file, start.lines):
                end = line.offset + line.length
                blank += line.blank
                if not line.blank:
                    items.append(self._item(line))
                if len(items) == _CHUNK_ROWS or end - began >= _CHUNK_BYTES:
                    yield Chunk(items, Position(end, line.number, blank))
                    items, began = [], end
            if file.tell() > began:
                yield Chunk(items, Position(file.tell(), line.number, blank))

    def split(self, verdicts: Iterable[Mapping[str, Any]], folder: Path) -> None:
        """Write every row to the file of its decision, kept ones byte for byte."""
        with ExitStack() as stack:
            source = stack.enter_context(self.path.open("rb"))
            files: dict[str, IO[bytes]] = {
                name: stack.enter_context((folder / f"{name}.jsonl").open("wb"))
                for name in ("kept", "dropped", "undecided")
            }
            rows = (line for line in read_lines(source) if not line.blank)
            for line, verdict in zip(rows, verdicts, strict=True):
                kept = verdict["decision"] == "kept"
                files[verdict["decision"]].write(line.raw if kept else _with(line, verdict))

    def _item(self, line: Line) -> Item:
        if line.value is None:
            return line.problem or ""
        return {field: line.value.get(column) for field, column in self.columns.items()}


def read_lines(file: IO[bytes], number: int = 0) -> Iterator[Line]:
    """The lines of `file` from where it stands, `number` of which came before."""
    while True:
        offset = file.tell()
        raw = file.readline(LONGEST_LINE + 1)
        if not raw:
            return
        number += 1
        if len(raw) > LONGEST_LINE:
            length = len(raw) + _skip_line(file, raw)
            problem = f"over-long line: {length:,} bytes, the limit is {LONGEST_LINE:,}"
            yield Line(number, offset, length, b"", None, problem)
        else:
            yield Line(number, offset, len(raw), raw, *_parsed(raw, first=offset == 0))


def _skip_line(file: IO[bytes], begun: bytes) -> int:
    skipped = 0
    while not begun.endswith(b"\n") and (begun := file.readline(1 << 20)):
        skipped += len(begun)
    return skipped


def _parsed(raw: bytes, *, first: bool) -> tuple[dict[str, Any] | None, str | None]:
    raw = raw.removeprefix(_BOM) if first else raw
    if not raw.strip():
        return None, None
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_distinct)
    except UnicodeDecodeError as error:
        return None, f"not UTF-8: byte {error.start + 1} of the line"
    except RecursionError:
        return None, "not JSON: nested too deeply"
    except _DuplicateKey as error:
        return None, f"duplicate key: {error}"
    except ValueError as error:
        return None, f"not JSON: {error}"
    if not isinstance(value, dict):
        return None, f"not an object: {type(value).__name__}"
    return value, None


class _DuplicateKey(Exception):
    """Two readers of such a line could see two different texts."""


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateKey(repr(next(name for name in names if names.count(name) > 1)))
    return value


def _with(line: Line, verdict: Mapping[str, Any]) -> bytes:
    """The row with its verdict under `gate`; all else as it was written, digit by digit."""
    gate = json.dumps(dict(verdict), sort_keys=True)
    if line.value is None:
        place = {"line": line.number, "offset": line.offset, "bytes": line.length}
        return json.dumps({**place, "gate": verdict}).encode() + b"\n"
    if "gate" in line.value:
        return json.dumps({**line.value, "gate": verdict}).encode() + b"\n"
    body = line.raw.removeprefix(_BOM).rstrip()[:-1].rstrip()
    comma = b", " if line.value else b""
    return body + comma + f'"gate": {gate}}}'.encode() + b"\n"
