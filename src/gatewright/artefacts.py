"""Files that are either complete or absent, and the digests that tell one content from another.

Takes bytes, text and JSON-able values; knows nothing about constitutions, examples or gates.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gatewright.errors import EnvironmentProblem

__all__ = [
    "canonical_json",
    "digest",
    "explained",
    "file_sha256",
    "replaced",
    "write_json",
    "write_text",
]

_READ_SIZE = 1 << 20


def canonical_json(value: Any) -> str:
    """`value` as JSON with sorted keys and no spaces, so that equal values give equal text."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def digest(value: Any) -> str:
    """The sha256 (64 hex digits) of `value`'s canonical JSON.

    Lone surrogates are hashed as they stand, so that no text is without a digest.
    """
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def file_sha256(path: Path) -> str:
    """The sha256 (64 hex digits) of a file's bytes, read in pieces."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_READ_SIZE):
            sha.update(chunk)
    return sha.hexdigest()


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on leaving, sync it and rename it over `path`.

    A reader sees the old content or the new, never a part of it (RFC: rename(2) is atomic).
    When the block raises, the temporary file goes away and `path` is untouched.

    Raises:
        EnvironmentProblem: the disk is full, or the folder cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    except OSError as error:
        raise explained(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 so that the file is complete or absent."""
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON, refusing NaN, so that the file is complete or absent."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def explained(error: OSError, path: Path) -> EnvironmentProblem | OSError:
    """A full disk or a closed folder as a sentence; any other `OSError` as it is."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return EnvironmentProblem(f"no space left to write {path}; free some and run again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EnvironmentProblem(f"{path} cannot be written: {error.strerror}")
    return error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
