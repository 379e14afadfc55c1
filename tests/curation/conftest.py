"""Examples to curate: a factory of records, and text in which no two items are alike."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from gatewright.training.examples import Example

Make = Callable[..., Example]
Prose = Callable[..., str]


@pytest.fixture
def prose() -> Prose:
    """Words drawn from 20,000, so that two texts share a run of letters only by accident."""

    def text(seed: object, words: int = 20) -> str:
        drawn = random.Random(str(seed))
        return " ".join(f"{drawn.randrange(26**5):x}" for _ in range(words))

    return text


@pytest.fixture
def make() -> Make:
    def example(
        text: str | None = None,
        *,
        restricted: bool = False,
        clause: str = "rule/clause",
        group: str | None = None,
        **fields: str,
    ) -> Example:
        return Example(
            verdicts={clause.partition("/")[0]: int(restricted)},
            clause=clause,
            group=group or f"group of {text} {fields}",
            text=text,
            prompt=fields.get("prompt"),
            response=fields.get("response"),
        )

    return example


@pytest.fixture
def corpus(make: Make, prose: Prose) -> list[Example]:
    """240 distinct examples: 2 rules, 2 clauses each, both verdicts, a third of them in pairs."""
    examples: list[Example] = []
    for number in range(80):
        clause = f"rule{number % 2}/clause{number % 4}"
        pair = prose(f"pair {number}")
        for restricted, word in ((True, "inside"), (False, "outside")):
            alike = f"{pair} {word}"
            examples.append(
                make(alike, restricted=restricted, clause=clause, group=f"pair {number}")
            )
        examples.append(make(prose(f"single {number}"), restricted=number % 8 < 4, clause=clause))
    return examples
