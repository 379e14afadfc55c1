"""The folder a filtered file goes to: what it may hold before, and what it holds after.

Takes paths; knows nothing about rows, gates or formats.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gatewright.errors import EnvironmentProblem, InputError

__all__ = [
    "DECISIONS",
    "MANIFEST",
    "UNFINISHED",
    "outputs",
    "prepare",
    "publish",
    "refuse_own_output",
    "require_space",
]

DECISIONS = ("kept", "dropped", "undecided")
MANIFEST = "manifest.json"
"""Written last: a folder that has one is finished."""
UNFINISHED = ".unfinished"
"""The folder within that holds everything until then."""


def outputs(out: Path) -> list[Path]:
    """Every file an output may consist of, but its manifest."""
    return [out / f"{name}{suffix}" for name in DECISIONS for suffix in (".jsonl", ".parquet")]


def publish(path: Path, place: Path) -> None:
    """Move a complete file to its place, so that neither survives a power failure by half."""
    _sync(path)
    path.replace(place)
    _sync(place.parent)


def refuse_own_output(source: Path, out: Path) -> None:
    """Raise if `source` is one of the files that filtering into `out` would write.

    Raises:
        InputError: it is.
    """
    if source.resolve() in [path.resolve() for path in outputs(out)]:
        raise InputError(f"{source} lies where the output would go; choose another folder")


def prepare(out: Path, *, overwrite: bool) -> None:
    """Make sure `out` is empty, unfinished, or may be overwritten; then it is one of the first two.

    Raises:
        InputError: it holds a finished output, or files that no filtering left unfinished.
    """
    manifest, unfinished = out / MANIFEST, out / UNFINISHED
    if overwrite:
        # The manifest first: without it nothing here counts as finished.
        for path in (manifest, *outputs(out)):
            path.unlink(missing_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
    elif manifest.exists():
        shutil.rmtree(unfinished, ignore_errors=True)
        raise InputError(
            f"{out} holds a finished output; choose another folder, or replace it with --overwrite"
        )
    elif not unfinished.exists():
        for path in filter(Path.exists, outputs(out)):
            raise InputError(
                f"{path} exists, and no filtering here made it; choose another folder, or replace "
                "it with --overwrite"
            )


def require_space(source: Path, out: Path) -> None:
    """Raise unless the outputs will fit: together they are about as long as the input.

    Raises:
        EnvironmentProblem: they will not.
    """
    needed, free = source.stat().st_size, shutil.disk_usage(out).free
    if free < needed:
        raise EnvironmentProblem(
            f"{out} has {free:,} bytes of space left and may need {needed:,}; free some and run "
            "again"
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
