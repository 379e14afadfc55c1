"""Examples to disguise, of both verdicts, alone and in pairs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gatewright.training.examples import Example

Corpus = Callable[..., list[Example]]


@pytest.fixture
def corpus() -> Corpus:
    """`corpus(singles, pairs)`: so many restricted and permitted ones each, over four clauses."""

    def made(singles: int = 100, pairs: int = 20) -> list[Example]:
        examples = [
            _example(restricted, f"{word} number {at} in the blue folder", at, f"{word} {at}")
            for word, restricted in (("parcel", True), ("letter", False))
            for at in range(singles)
        ]
        for at in range(pairs):
            for word, restricted in (("inside", True), ("outside", False)):
                examples.append(
                    _example(restricted, f"pair {at} is {word} of it", 0, f"pair {at}", "boundary")
                )
        return examples

    return made


def _example(
    restricted: bool, text: str, at: int, group: str, difficulty: str = "plain"
) -> Example:
    side = "restricted" if restricted else "permitted"
    return Example(
        verdicts={"post": int(restricted)},
        clause=f"post/{side}{at % 2}",
        group=group,
        text=text,
        source={"difficulty": difficulty, "slot": group},
    )
