"""The reply journal: every reply a generator gave, in one SQLite file, from the moment it arrives.

Takes requests and replies; a reply is on disk before `add` returns (WAL, synchronous=FULL), so a
killed run has lost nothing that it was told of and asks nothing twice. Values are JSON, never
pickle. A file that SQLite cannot read, or that is something else, is moved aside with a warning,
never overwritten. Knows nothing about how replies are read.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, Self

from gatewright.artefacts import digest
from gatewright.errors import ArtefactError, EnvironmentProblem, InputError, LockedError
from gatewright.training.generators.records import Asked, Reply
from gatewright.training.slots import Slot

__all__ = ["Answer", "Journal"]

_APPLICATION = 0x47575259  # "GWRY"
_VERSION = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS replies (
    request TEXT NOT NULL, generator TEXT NOT NULL, model TEXT NOT NULL, sample INTEGER NOT NULL,
    asked TEXT NOT NULL, reply TEXT NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (request, generator, model, sample));
CREATE TABLE IF NOT EXISTS outstanding (id TEXT PRIMARY KEY, asked TEXT NOT NULL);
"""
_logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """A reply with what it answers."""

    asked: Asked
    reply: Reply


class Journal:
    """One open journal; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open the journal at `path`, making it if there is none.

        Raises:
            EnvironmentProblem: the disk is full or the file may not be written.
            LockedError: another process is writing to it.
            InputError: another version of Gatewright wrote it.
        """
        self.path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not _readable(path):
                _move_aside(path)
            self._connection = _connect(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def add(
        self, asked: Asked, reply: Reply, *, generator: str, model: str, sample: int = 0
    ) -> bool:
        """Keep a reply; False if this request already has one from this generator and model."""
        content = (_dump(_asked(asked)), _dump(asdict(reply)))
        row = (asked.request, generator, model, sample, *content, digest(content))
        with self._explained():
            cursor = self._connection.execute(
                "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)", row
            )
        return cursor.rowcount == 1

    def answers(self, *, generator: str, model: str) -> dict[str, Answer]:
        """Replies by request digest, in the order of their arrival; the first sample of each.

        SQLite has no checksums of its own: a reply that is no longer what was written is removed
        with a warning, and so will be asked for again.
        """
        with self._explained():
            rows = self._connection.execute(
                "SELECT rowid, asked, reply, sha256 FROM replies"
                " WHERE generator = ? AND model = ? AND sample = 0 ORDER BY rowid",
                (generator, model),
            ).fetchall()
        answers: dict[str, Answer] = {}
        for row, asked, reply, sha256 in rows:
            if digest((asked, reply)) != sha256:
                self._remove(row)
                continue
            answer = Answer(_read_asked(asked), Reply(**json.loads(reply)))
            answers[answer.asked.request] = answer
        return answers

    def _remove(self, row: int) -> None:
        with self._explained():
            self._connection.execute("DELETE FROM replies WHERE rowid = ?", (row,))
        _logger.warning("%s: a damaged reply was removed; it will be asked for again", self.path)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is added inside is on disk when it ends: many times faster, and right for replies
        that can be had again for nothing, such as those of a recording."""
        with self._explained():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            # A full disk ends the transaction by itself; its own error is the one to be heard.
            if self._connection.in_transaction:
                with self._explained():
                    self._connection.execute("COMMIT")

    def expect(self, asked: Iterable[Asked]) -> None:
        """Remember requests that were handed out as a batch file; the latest wording of each."""
        rows = [(each.id, _dump(_asked(each))) for each in asked]
        with self._explained():
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO outstanding VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET asked = excluded.asked",
                rows,
            )
            self._connection.execute("COMMIT")

    def expected(self) -> list[Asked]:
        """What was handed out, in that order."""
        with self._explained():
            rows = self._connection.execute("SELECT asked FROM outstanding ORDER BY rowid")
            return [_read_asked(text) for (text,) in rows.fetchall()]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _problem(error, self.path) from error
        except OSError as error:
            raise EnvironmentProblem(f"{self.path} cannot be opened: {error.strerror}") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        version = _pragma(connection, "user_version")
        if version not in (0, _VERSION):
            raise InputError(
                f"{path} was written by another version of Gatewright (journal version {version}, "
                f"this one reads {_VERSION}); use that one, or give another --out"
            )
        if version == 0:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {_APPLICATION};"
                f" PRAGMA user_version = {_VERSION}; COMMIT;"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _readable(path: Path) -> bool:
    """Whether the file is a sound journal of ours, or an empty one that was never written to."""
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            return False
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        return tables == 0 or _pragma(connection, "application_id") == _APPLICATION
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return False
        raise
    finally:
        connection.close()


def _move_aside(path: Path) -> None:
    number = 1
    while (moved := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.replace(moved)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(moved.with_name(moved.name + suffix))
    _logger.warning("%s is damaged or no reply journal; moved to %s, starting anew", path, moved)


def _problem(error: sqlite3.Error, path: Path) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return EnvironmentProblem(
            f"{path} cannot be written ({error}); free some space and run the same command again: "
            "every reply up to here is kept"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return EnvironmentProblem(f"{path} cannot be written: {error}")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(f"another process is writing to {path}; wait for it, or stop it")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ArtefactError(f"{path} is damaged ({error}); run again: it will be set aside")
    return error


def _asked(asked: Asked) -> dict[str, Any]:
    return {**asdict(asked), "slot": asked.slot.as_json() if asked.slot else None}


def _read_asked(text: str) -> Asked:
    value = json.loads(text)
    slot = Slot.from_json(value["slot"]) if value["slot"] else None
    return Asked(**{**value, "slot": slot})


def _dump(value: Any) -> str:
    # Escaped to ASCII, for a reply may hold half a surrogate pair, which SQLite cannot store.
    return json.dumps(value, ensure_ascii=True)
