"""What was asked of a run: its settings, as text in config.toml, and as the command that asks them.

Takes plain values; every mistake in them is reported at once. Knows nothing about stages.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatewright.artefacts import write_text
from gatewright.errors import InputError
from gatewright.training.generators.recorded import recording_of, verdicts_of

__all__ = ["RunSettings"]

_MODELS = ("openai", "local")
"""Generators whose labels are checked unless told otherwise: they can judge, and they err."""


class RunSettings(BaseModel):
    """The settings of one run, which stay as they are for its whole life."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    generator: str = Field(min_length=1)
    """Who answers: `NAME` or `NAME:ARGUMENT`."""
    base: str = Field(default="embedded", min_length=1)
    """The model to fine-tune: `embedded`, a folder, or a name on the hub."""
    examples: int | None = Field(default=None, ge=1)
    """How many examples to ask for; None is all of a recording, and the usual number elsewhere."""
    roles: str = ""
    """Roles besides the writer, with their generators: see `cast_list`."""
    seed_texts: str | None = None
    """File of real texts to write in the manner of; its columns are those named below."""
    seed: int = Field(default=0, ge=0, lt=2**32)
    """The one seed of plan, offline generators, split and training."""
    verify: Literal["none", "debate", "grader"] = "none"
    """Whether judges check the labels: two with an advocate, or one grader."""
    judges: str | None = None
    """Who judges: `NAME` or `NAME:ARGUMENT`; None is the generator."""
    templates: str | None = None
    """Folder of prompt templates to use instead of the bundled ones."""
    disguise: float = Field(default=0.0, ge=0, le=1)
    """Share of what is learned from that gets a disguised sibling."""
    epochs: int | None = Field(default=None, ge=1)
    """Most passes over the training examples; None leaves it to the training."""
    upper_layers: int | None = Field(default=None, ge=1)
    """Adapt only so many of the last layers; None adapts all."""
    benign: str | None = None
    """File of permitted items to certify on, instead of the permitted examples held out."""
    text: str | None = None
    """The column of the user's files with the judged text."""
    prompt: str | None = None
    """Their column with the prompt."""
    response: str | None = None
    """Their column with the response."""
    budget: float = Field(default=0.05, gt=0, lt=1)
    """False-positive budget: share of permitted items that may be dropped."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    """Confidence at which the budgets hold."""
    miss_budget: float | None = Field(default=None, gt=0, lt=1)
    """Share of restricted items that may be kept; None leaves it to the certification."""

    @classmethod
    def asked(cls, policy: Path, *, generator: str | None, **values: Any) -> Self:
        """Settings as they were typed: files by their whole path, the generator chosen if left out.

        Raises:
            InputError: a value is not as it should be, or a file does not exist.
        """
        if (base := values.get("base")) and Path(base).is_dir():
            values["base"] = str(Path(base).resolve())
        for name in ("templates", "benign", "seed_texts"):
            if values.get(name) is not None:
                values[name] = _whole(values[name], f"--{name.replace('_', '-')}")
        chosen = generator or ("recorded" if recording_of(policy).is_file() else "composed")
        if values.get("judges") is None and chosen == "recorded" and verdicts_of(policy).is_file():
            values["judges"] = f"recorded:{verdicts_of(policy)}"
        if values.get("verify") is None:
            judged = values.get("judges") or chosen.partition(":")[0] in _MODELS
            values["verify"] = "debate" if judged else "none"
        if values.get("judges"):
            values["judges"] = _whole_spec(values["judges"])
        return cls.of({"generator": _whole_spec(chosen), **values})

    @classmethod
    def of(cls, values: Mapping[str, Any], *, where: str = "these settings") -> Self:
        """Check `values`; absent ones take their defaults.

        Raises:
            InputError: naming every value that is not as it should be.
        """
        try:
            return cls.model_validate({k: v for k, v in values.items() if v is not None})
        except ValidationError as error:
            problems = (
                f"\n  {'.'.join(map(str, each['loc']))} is {each['input']!r}: {each['msg']}"
                for each in error.errors(include_url=False)
            )
            raise InputError(f"{where} cannot be run with:{''.join(problems)}") from error

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            InputError: it is not TOML, or holds other settings.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not readable TOML: {error}; give a new --out") from error
        return cls.of(values, where=str(path))

    def write(self, path: Path) -> None:
        """Freeze the settings in a file that is complete or absent."""
        write_text(path, tomli_w.dumps(self.model_dump(exclude_none=True)))

    def differences(self, other: RunSettings) -> list[str]:
        """`name: mine, other's` for every setting in which the two differ."""
        mine, theirs = self.model_dump(), other.model_dump()
        return [
            f"{name}: {_told(mine[name])} here, {_told(theirs[name])} now"
            for name in mine
            if mine[name] != theirs[name]
        ]

    def command(self, policy: Path, out: Path) -> str:
        """What to type for a run with these settings."""
        words = ["gatewright", "run", str(policy), "--out", str(out)]
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value is not None and value != field.default:
                words += [f"--{name.replace('_', '-')}", str(value)]
        return shlex.join(words)


def _whole(path: str | Path, option: str) -> str:
    if not Path(path).exists():
        raise InputError(f"{option} {path}: there is no such file or folder")
    return str(Path(path).resolve())


def _whole_spec(spec: str) -> str:
    name, _, argument = spec.partition(":")
    return f"{name}:{Path(argument).resolve()}" if argument and Path(argument).exists() else spec


def _told(value: Any) -> str:
    return "not given" if value is None else repr(value)
