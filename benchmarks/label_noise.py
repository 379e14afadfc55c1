"""Planted noise: a tenth of the labels of recorded examples is flipped; does cross-fitting see it?

`python -m benchmarks.label_noise` writes `benchmarks/results/verification/label_noise.json`: for
every recorded constitution, three seeds, the share of flips that surface (are not found credible),
the share found suspect, and what is found suspect wrongly. Needs no public data.
"""

from __future__ import annotations

import random
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.table import RESULTS
from gatewright.artefacts import write_json
from gatewright.constitution import Constitution, find_constitution
from gatewright.training.examples import Example
from gatewright.training.generators import Journal, recording_of
from gatewright.training.generators.recorded import Recorded
from gatewright.training.synthesis import synthesize
from gatewright.training.verification import doubts

NAMES = (
    "assistant-safety",
    "harmful-text",
    "health-advice",
    "private-data",
    "prompt-injection",
    "refusals",
)
SHARE = 0.1
SEEDS = (0, 1, 2)


def main() -> None:
    """Measure every constitution, print a line for each, and store the figures."""
    found = {name: _measured(recorded_examples(name)) for name in NAMES}
    for name, figures in found.items():
        print(name, figures["median"])
    write_json(RESULTS / "verification" / "label_noise.json", found)


def recorded_examples(name: str) -> list[Example]:
    """The examples of a bundled recording."""
    policy = find_constitution(name)
    constitution, generator = Constitution.load(policy), Recorded(recording_of(policy))
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "r.sqlite") as journal:
        return synthesize(constitution, generator, slots=generator.slots, journal=journal).kept


def _measured(examples: list[Example]) -> dict[str, Any]:
    runs = [_planted(examples, seed) for seed in SEEDS]
    median = {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}
    return {"examples": len(examples), "runs": runs, "median": median}


def _planted(examples: list[Example], seed: int) -> dict[str, float]:
    rng = random.Random(seed)
    planted = set(rng.sample(range(len(examples)), round(SHARE * len(examples))))
    noisy = [_flipped(each) if n in planted else each for n, each in enumerate(examples)]
    found = doubts(noisy, seed=seed)
    findings = [found[each.id].finding for each in noisy]
    sound = len(examples) - len(planted)
    return {
        "flips that surface": sum(findings[n] != "credible" for n in planted) / len(planted),
        "flips found suspect": sum(findings[n] == "suspect" for n in planted) / len(planted),
        "sound labels found suspect": sum(
            each == "suspect" for n, each in enumerate(findings) if n not in planted
        )
        / sound,
        "sound labels left undecided": sum(
            each == "undecided" for n, each in enumerate(findings) if n not in planted
        )
        / sound,
    }


def _flipped(example: Example) -> Example:
    rule = example.clause.partition("/")[0]
    return replace(example, verdicts={rule: 0 if example.restricted else 1})


if __name__ == "__main__":
    main()
