"""What has been decided so far, kept so that a killed run goes on where it stood.

A log of one JSON line per row, and beside it a journal that says how much of the log and of the
input is certain: it is replaced, by rename, only after the log has been synced. After `kill -9`
whatever the log holds beyond the journal is cut away and decided again.

Knows nothing about gates or file formats.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gatewright.artefacts import write_json
from gatewright.errors import ArtefactError, InputError

__all__ = ["Chunk", "Item", "Position", "VerdictLog"]

Item = dict[str, Any] | str
"""Texts by field name, or the problem of a row that could not be read."""


class Position(NamedTuple):
    """A place in the input."""

    at: int = 0
    """In the source's own measure: bytes of JSON lines, rows of Parquet."""
    lines: int = 0
    """Lines before it, where there are lines."""
    blank: int = 0
    """How many of them were blank."""


class Chunk(NamedTuple):
    """Rows that are decided and committed together."""

    items: list[Item]
    after: Position
    """Where the rows end."""


@dataclass(frozen=True)
class _Journal:
    key: dict[str, Any]
    position: Position
    bytes: int
    rows: int


class VerdictLog:
    """The log in `folder`; opened, it stands where the last commit left it.

    Args:
        folder: made if need be.
        key: what is being decided by what; a log of another key is refused.

    Raises:
        InputError: the folder holds the unfinished log of another key.
        ArtefactError: the journal or the log is damaged.
    """

    def __init__(self, folder: Path, key: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log, self._path = folder / "verdicts.jsonl", folder / "journal.json"
        self._journal = self._restored(dict(key))

    @property
    def position(self) -> Position:
        """Where the certain part of the input ends."""
        return self._journal.position

    @property
    def rows(self) -> int:
        """How many rows are certain."""
        return self._journal.rows

    def append(self, verdicts: Sequence[Mapping[str, Any]], after: Position) -> None:
        """Add the verdicts on the rows up to `after`, and make them certain."""
        data = "".join(json.dumps(each, sort_keys=True) + "\n" for each in verdicts).encode()
        with self._log.open("r+b") as file:
            file.seek(self._journal.bytes)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        before = self._journal
        self._commit(
            _Journal(before.key, after, before.bytes + len(data), before.rows + len(verdicts))
        )

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The verdicts, in the order of the rows."""
        with self._log.open("rb") as file:
            for line in file:
                yield json.loads(line)

    def _restored(self, key: dict[str, Any]) -> _Journal:
        if not self._path.exists():
            self._log.write_bytes(b"")
            fresh = _Journal(key, Position(), 0, 0)
            self._commit(fresh)
            return fresh
        journal = self._read()
        other = [name for name in key if journal.key.get(name) != key[name]]
        if other:
            raise InputError(
                f"{self._path.parent.parent} holds an unfinished filtering with another "
                f"{' and another '.join(other)}; give the same again to finish it, or start over "
                "with --overwrite"
            )
        os.truncate(self._log, journal.bytes)
        return journal

    def _read(self) -> _Journal:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            journal = _Journal(**{**stored, "position": Position(**stored["position"])})
            if self._log.stat().st_size < journal.bytes:
                raise ValueError("the log is shorter than it should be")
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ArtefactError(
                f"{self._path} is damaged ({error}); start over with --overwrite"
            ) from error
        return journal

    def _commit(self, journal: _Journal) -> None:
        write_json(self._path, {**asdict(journal), "position": journal.position._asdict()})
        self._journal = journal
