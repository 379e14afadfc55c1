"""The run folder: where everything of one run lies, and whether a folder may become one.

    constitution.md  config.toml  replies.sqlite  examples/  curated/  checkpoints/  gate/
    report/  metrics.json  manifest.json  run.lock

Takes a path; knows nothing about what the stages write into it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from gatewright.artefacts import explained
from gatewright.errors import EnvironmentProblem, InputError

__all__ = ["SPACE_NEEDED", "RunFolder"]

SPACE_NEEDED = 500 << 20
"""Bytes a run wants to find free: adapters, checkpoints and tables of a usual run, twice over."""

_LAYOUT = {
    "constitution.md",
    "config.toml",
    "examples",
    "verified",
    "curated",
    "checkpoints",
    "gate",
    "report",
    "metrics.json",
    "run.lock",
}
_NUMBERED = ("replies.sqlite", "manifest.json")
"""Files that may have siblings: a write-ahead log, a damaged predecessor set aside."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of one run."""

    root: Path

    @property
    def constitution(self) -> Path:
        return self.root / "constitution.md"

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def replies(self) -> Path:
        return self.root / "replies.sqlite"

    @property
    def examples(self) -> Path:
        return self.root / "examples"

    @property
    def verified(self) -> Path:
        return self.root / "verified"

    @property
    def curated(self) -> Path:
        return self.root / "curated"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def gate(self) -> Path:
        return self.root / "gate"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics.json"

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.json"

    @property
    def lock(self) -> Path:
        return self.root / "run.lock"

    def open(self) -> None:
        """Make the folder, readable by its owner alone, or accept the run that is in it.

        Raises:
            InputError: it holds other things than a run.
            EnvironmentProblem: it cannot be made.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = sorted(each.name for each in self.root.iterdir())
        except FileExistsError as error:
            raise InputError(f"{self.root} is a file; give --out a folder") from error
        except OSError as error:
            raise explained(error, self.root) from error
        strangers = [name for name in found if _strange(name)]
        if strangers and not self.config.exists():
            raise InputError(
                f"{self.root} is not a run folder: it holds {', '.join(strangers[:3])}"
                f"{' and more' if len(strangers) > 3 else ''}; give --out a new folder"
            )

    def require_space(self, needed: int = SPACE_NEEDED) -> None:
        """Raise unless `needed` bytes are free.

        Raises:
            EnvironmentProblem: they are not.
        """
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise EnvironmentProblem(
                f"{self.root} has {free >> 20} MiB free, and a run needs {needed >> 20} MiB; free "
                "some space, or give --out a folder on another disk"
            )

    def sweep(self) -> None:
        """Remove what writers that were killed have left behind; only the lock's holder may."""
        for suffix in ("tmp", "former"):
            for path in sorted(self.root.rglob(f".*.{suffix}")):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _strange(name: str) -> bool:
    return not (name in _LAYOUT or name.startswith((*_NUMBERED, ".")))
