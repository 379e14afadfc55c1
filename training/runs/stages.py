"""The stages of a run, as data: what each depends on, does and leaves.

    check ─▶ synthesize ─▶ verify ─▶ curate ─▶ train ─▶ certify

Knows nothing about resuming, locks or the manifest.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from gatewright.training.runs import making_examples, making_gate
from gatewright.training.runs.manifest import digests
from gatewright.training.runs.running import Run, Stage

__all__ = ["STAGES"]

_COLUMNS = ("text", "prompt", "response")


def _sources(this: Run) -> list[Path]:
    """The files a generator answers from, the templates it is asked with, the seed texts."""
    from gatewright.training.generators import recording_of

    name, _, argument = this.settings.generator.partition(":")
    named = [argument] if argument else [recording_of(this.policy)] if name == "recorded" else []
    given = [each for each in (this.settings.templates, this.settings.seed_texts) if each]
    return [Path(each) for each in (*named, *given)]


def _judges(this: Run) -> list[Path]:
    """The file that recorded judges answer from, and the templates they are asked with."""
    _, _, argument = (this.settings.judges or "").partition(":")
    named = [argument] if argument and Path(argument).is_file() else []
    templates = [this.settings.templates] if this.settings.templates else []
    return [Path(each) for each in (*named, *templates)]


def _base(this: Run) -> list[Path]:
    base = Path(this.settings.base)
    return [base] if base.is_dir() else []


def _benign(this: Run) -> list[Path]:
    return [Path(this.settings.benign)] if this.settings.benign else []


_SPLITS = ("curated/train.parquet", "curated/validation.parquet", "curated/certification.parquet")

STAGES: tuple[Stage, ...] = (
    Stage(
        name="check",
        run=making_examples.check,
        settings=("base",),
        materials=_base,
        reads=("constitution.md",),
        written=partial(digests, names=("constitution.md",)),
    ),
    Stage(
        name="synthesize",
        run=making_examples.synthesize,
        settings=("generator", "examples", "roles", "seed", "seed_texts", "templates", *_COLUMNS),
        materials=_sources,
        reads=("constitution.md",),
        written=partial(digests, names=("examples",)),
    ),
    Stage(
        name="verify",
        run=making_examples.verify,
        settings=("verify", "judges", "roles", "seed", "templates"),
        materials=_judges,
        reads=("constitution.md", "examples/examples.parquet"),
        written=partial(digests, names=("verified",)),
    ),
    Stage(
        name="curate",
        run=making_examples.curate,
        settings=("seed", "benign", "budget", "confidence", "disguise"),
        reads=("verified/examples.parquet",),
        written=partial(digests, names=("curated",)),
    ),
    Stage(
        name="train",
        run=making_gate.train,
        settings=("base", "epochs", "seed", "upper_layers"),
        materials=_base,
        reads=("constitution.md", *_SPLITS[:2]),
        written=making_gate.trained,
    ),
    Stage(
        name="certify",
        run=making_gate.certify,
        settings=(
            "base",
            "benign",
            "budget",
            "confidence",
            "miss_budget",
            *_COLUMNS,
        ),
        materials=_benign,
        reads=(*making_gate.BUNDLE, *_SPLITS),
        written=partial(digests, names=("gate/gate.json", "gate/README.md", "metrics.json")),
    ),
)
"""In their order."""
