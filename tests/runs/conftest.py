"""A small policy, and stages that cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gatewright.training.runs.manifest import Counts, digests
from gatewright.training.runs.running import Done, Run, RunResult, Stage, run
from gatewright.training.runs.settings import RunSettings
from gatewright.training.runs.stages import STAGES

POLICY = """---
name: parcels
version: 1.0.0
judges: document
---
# Parcels
What couriers may write about the parcels of their customers.

## Contents {#contents}
Telling what is in a parcel invites theft.
### Restricted
- {#reveal} Telling what a particular parcel holds.
- {#worth} Telling what a particular parcel is worth.
### Permitted
- {#size} Telling the size or the weight of a parcel.
- {#delay} Telling that a parcel is late, or where it is.
### Examples
- restricted (reveal): "There is a laptop in the box for number nine."
- restricted (worth): "The watch in that box cost nine hundred."
- permitted (size): "The box for number nine weighs two kilos."
- permitted (delay): "The box for number nine is a day late."
### Dimensions
- place: street, depot, van
- tone: blunt, polite, hurried
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "parcels.md"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def chain() -> Callable[..., list[Stage]]:
    """`chain(log)`: three stages, each of which copies the file before it, and logs that it ran."""

    def built(log: list[str], **failures: BaseException) -> list[Stage]:
        def work(this: Run, *, name: str, reads: str, writes: str) -> Done:
            log.append(name)
            if name in failures:
                raise failures[name]
            text = (this.folder.root / reads).read_text(encoding="utf-8")
            (this.folder.root / writes).parent.mkdir(exist_ok=True)
            (this.folder.root / writes).write_text(f"{text}{name} {this.settings.seed}\n")
            return Done(Counts(entered=3, kept=2, dropped=1), {"read": len(text)})

        places = [
            ("first", "constitution.md", "examples/a"),
            ("second", "examples/a", "curated/b"),
            ("third", "curated/b", "gate/c"),
        ]
        return [
            Stage(
                name=name,
                run=partial(work, name=name, reads=reads, writes=writes),
                settings=("seed",),
                reads=(reads,),
                written=partial(digests, names=(writes,)),
            )
            for name, reads, writes in places
        ]

    return built


@pytest.fixture(scope="session")
def tiny_base(build_bert: Callable[..., Path]) -> Path:
    """A BERT of two layers and 32 dimensions that knows letters only."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,:;!?'\"-"
    words = [*letters, *(f"##{letter}" for letter in letters)]
    return build_bert(words, layers=2, width=32, positions=256)


@pytest.fixture(scope="session")
def small_policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policies") / "parcels.md"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small(tiny_base: Path) -> RunSettings:
    """Settings of a real run that takes seconds."""
    return RunSettings(
        generator="composed", base=str(tiny_base), examples=160, epochs=2, budget=0.2
    )


@pytest.fixture(scope="session")
def whole(
    small_policy: Path, small: RunSettings, tmp_path_factory: pytest.TempPathFactory
) -> RunResult:
    """A real run that nothing interrupted."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    return run(small_policy, out, small, stages=STAGES)
