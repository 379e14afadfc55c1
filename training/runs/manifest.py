"""The manifest: what each finished stage took in, wrote, counted and how long it took.

A record is written after its stage, by rename, so that its presence means completion; it counts
only as long as its inputs are the same and its outputs have the digests it names. Takes paths and
plain values; knows nothing about particular stages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from gatewright.artefacts import digest, file_sha256, write_json

__all__ = ["Counts", "Manifest", "StageRecord", "content_digest", "digests"]

_FORMAT = 1


class Counts(BaseModel):
    """What became of the items of a stage: in = kept + dropped + undecided, or it is a bug."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entered: int = Field(validation_alias=AliasChoices("in", "entered"), serialization_alias="in")
    kept: int
    dropped: int = 0
    undecided: int = 0

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if self.entered != self.kept + self.dropped + self.undecided:
            raise ValueError(
                f"{self.entered} came in, but {self.kept} kept + {self.dropped} dropped + "
                f"{self.undecided} undecided came out"
            )
        return self


class StageRecord(BaseModel):
    """One finished stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    inputs: dict[str, Any]
    """Settings by name, and digests of files, that the result depends on."""
    outputs: dict[str, str]
    """Digest of every file it wrote, by path under the run folder."""
    counts: Counts
    result: dict[str, Any]
    """What the stage has to say, as plain values."""
    seconds: float

    @property
    def summary(self) -> str:
        """The counts in words, and the time it took."""
        counts = self.counts
        parts = [f"{counts.entered} in", f"{counts.kept} kept"]
        parts += [f"{counts.dropped} dropped"] if counts.dropped else []
        parts += [f"{counts.undecided} undecided"] if counts.undecided else []
        return f"{', '.join(parts)} ({self.seconds:.1f} s)"

    def stale(self, inputs: Mapping[str, Any], outputs: Mapping[str, str]) -> str | None:
        """Why the stage has to run again, in a few words, or None when it need not."""
        for name in sorted({*self.inputs, *inputs}):
            if self.inputs.get(name) != inputs.get(name):
                return f"{name} changed"
        for name in sorted({*self.outputs, *outputs}):
            if name not in outputs:
                return f"{name} is gone"
            if self.outputs.get(name) != outputs[name]:
                return f"{name} is not what was written"
        return None


class Manifest(BaseModel):
    """The finished stages of a run, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = _FORMAT
    stages: tuple[StageRecord, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """The manifest at `path`; an empty one if there is none.

        A file that is no manifest is moved aside, and the stages are done again: it holds nothing
        that they do not.
        """
        if not path.exists():
            return cls()
        try:
            manifest = cls.model_validate_json(path.read_bytes())
        except ValidationError:
            _move_aside(path)
            return cls()
        return manifest if manifest.format == _FORMAT else cls()

    def write(self, path: Path) -> None:
        """Replace the manifest at `path`."""
        write_json(path, self.model_dump(mode="json", by_alias=True))

    def upto(self, records: Sequence[StageRecord]) -> Self:
        """A manifest of `records` alone."""
        return self.model_copy(update={"stages": tuple(records)})

    def record(self, name: str) -> StageRecord | None:
        """The record of a stage, if it is finished."""
        return next((each for each in self.stages if each.name == name), None)


def digests(root: Path, names: Iterable[str]) -> dict[str, str]:
    """sha256 of every named file under `root`, and of every file in a named folder; by path.

    What is missing is left out.
    """
    found: dict[str, str] = {}
    for name in names:
        path = root / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        found |= {
            each.relative_to(root).as_posix(): file_sha256(each) for each in files if each.is_file()
        }
    return found


def content_digest(path: Path) -> str | None:
    """The digest of a file, or of all files in a folder; None if there is neither."""
    if path.is_file():
        return file_sha256(path)
    return digest(digests(path, ["."])) if path.is_dir() else None


def _move_aside(path: Path) -> None:
    number = 1
    while (moved := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.replace(moved)
