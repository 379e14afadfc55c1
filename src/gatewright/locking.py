"""One process at a time on a folder: a lock the kernel gives back even after `kill -9`.

Takes the path of a lock file; knows nothing about what it guards. The file stays when the lock
goes: removing it would let two processes hold two files of one name.

The lock is flock(2). Over NFS it works where the server supports locks (NFS 4, or lockd); where
it does not, the mount is refused rather than trusted.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gatewright.artefacts import explained
from gatewright.errors import EnvironmentProblem, LockedError

__all__ = ["held"]

_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file `path` (its folder is made if need be) until the block is left.

    Raises:
        LockedError: another process holds it; the message says which.
        EnvironmentProblem: the file cannot be written, or its file system knows no locks.
    """
    descriptor = _opened(path)
    try:
        _lock(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(_self()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise explained(error, path) from error


def _lock(descriptor: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError as error:
        raise EnvironmentProblem("this system has no flock; use Linux, macOS or WSL") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockedError(
            f"{path.parent} is in use by {_holder(descriptor)}; wait until it is done, or choose "
            "another folder"
        ) from error
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise EnvironmentProblem(
                f"the file system of {path.parent} knows no locks; choose a folder on a local disk"
            ) from error
        raise


def _self() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "start": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]]),
    }


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return "process {pid} on {host}, since {start} ({command})".format_map(holder)
    except (ValueError, KeyError, TypeError):
        return "another process, which has just started"
