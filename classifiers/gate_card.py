"""What a gate says about itself: all of `gate.json` as records that refuse anything else.

Knows nothing about files or models.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gatewright.artefacts import digest
from gatewright.classifiers.model_files import Pooling
from gatewright.constitution.records import Judges

__all__ = ["BaseCard", "Certificate", "GateCard", "Thresholds"]

_SAFE_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Certificate(_Record):
    """Evidence that one threshold keeps an error rate within its budget."""

    kind: Literal["false_positive_budget", "miss_budget"]
    threshold: Share
    budget: Share
    """alpha: the rate that may not be exceeded."""
    confidence: Share
    """1 - delta: how sure that is."""
    n: int = Field(ge=0)
    """Size of the pool it was measured on."""
    k: int = Field(ge=0)
    """Errors found in it."""
    bound: Share
    """Clopper-Pearson upper bound of the rate at that confidence."""
    pool_digest: str
    pool: str
    """Where the pool came from, in words."""


class Thresholds(_Record):
    """Above `drop` an item is dropped; above `keep` (if any) it is undecided; else it is kept."""

    drop: Certificate
    keep: Certificate | None
    keep_reason: str | None
    """Why there is no lower threshold."""

    @model_validator(mode="after")
    def _ordered(self) -> Thresholds:
        if self.keep is not None and self.keep.threshold > self.drop.threshold:
            raise ValueError("the keep threshold lies above the drop threshold")
        return self


class BaseCard(_Record):
    """The base model a gate was trained on."""

    name: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")
    sha256: Digest
    pooling: Pooling = "native"
    """How its token vectors become one; see `gatewright.classifiers.pooling`."""


class GateCard(_Record):
    """All of `gate.json`."""

    format: Literal[1] = 1
    name: str
    constitution_digest: Digest
    judges: Judges
    rules: tuple[str, ...] = Field(min_length=1)
    """Rule ids in the order of the model's outputs."""
    base: BaseCard
    normaliser: int
    max_tokens: int = Field(ge=8, le=1_000_000)
    stride: int = Field(ge=0)
    temperature: float = Field(default=1.0, gt=0)
    thresholds: Thresholds | None = None
    """None until certified."""
    training: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, Digest]
    """sha256 by path relative to the bundle, of all its files but the card and its README."""

    @field_validator("rules")
    @classmethod
    def _distinct(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(rules)) < len(rules):
            raise ValueError("a rule is named twice")
        return rules

    @field_validator("files")
    @classmethod
    def _inside(cls, files: dict[str, str]) -> dict[str, str]:
        for name in files:
            if not _SAFE_PATH.fullmatch(name) or ".." in PurePosixPath(name).parts:
                raise ValueError(f"{name!r} is not a plain path inside the bundle")
        return files

    @property
    def digest(self) -> str:
        """The gate's digest: of the whole card, and through it of every file."""
        return digest(self.model_dump(mode="json"))
