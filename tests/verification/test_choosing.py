"""What is verified when not everything is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatewright.errors import InputError
from gatewright.training.verification import choose

from .conftest import example


def test_a_share_is_settled_by_the_examples_themselves() -> None:
    examples = [example(n, restricted=n % 2 == 0) for n in range(1000)]
    some = choose(examples, ".3")
    assert 240 < len(some) < 360
    assert choose(examples[::-1], "0.3")[::-1] == some
    assert set(map(id, some)) <= set(map(id, choose(examples, "0.6")))
    assert choose(examples, "all") == choose(examples, "1") == examples


def test_unsure_are_those_with_doubts_or_without_a_word() -> None:
    sure, unsure = example(0, restricted=True, confidence=0.95), example(1, restricted=True)
    modest = example(2, restricted=False, confidence=0.6)
    assert choose([sure, unsure, modest], "unsure") == [unsure, modest]


def test_doubtful_are_those_that_the_others_contradict() -> None:
    examples = [
        replace(
            example(n, restricted=n % 2 == 0),
            response=f"{'the laptop inside' if n % 2 == 0 else 'the van outside'}, number {n}",
        )
        for n in range(200)
    ]
    flipped = replace(examples[7], verdicts={next(iter(examples[0].verdicts)): 1})
    examples[7] = flipped
    assert choose(examples, "doubtful") == [flipped]


@pytest.mark.parametrize("which", ["0", "1.5", "half", "", "-1", "nan"])
def test_anything_else_is_refused(which: str) -> None:
    with pytest.raises(InputError, match="expected all, unsure, doubtful or a share"):
        choose([], which)
