"""Diversity: known values, bounds, and what repetition does."""

from __future__ import annotations

import numpy as np
import pytest

from gatewright.errors import InputError
from gatewright.training.evaluation.diversity import (
    compression_ratio,
    distinct_n,
    vendi_score,
    within_budget,
)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_vendi_counts_items_that_share_nothing(n: int) -> None:
    assert vendi_score(np.eye(20)[:n] * 3.0) == pytest.approx(n)
    assert vendi_score(np.ones((n, 4))) == pytest.approx(1)


def test_vendi_of_two_kinds_by_the_formula() -> None:
    shares = np.array([0.25, 0.75])
    rows = np.vstack([np.tile([1.0, 0.0], (5, 1)), np.tile([0.0, 1.0], (15, 1))])
    assert vendi_score(rows) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))


def test_vendi_is_the_same_from_either_gram_matrix() -> None:
    rows = np.random.default_rng(0).normal(size=(30, 30))
    wide = np.hstack([rows, np.zeros((30, 1))])
    assert vendi_score(rows) == pytest.approx(vendi_score(wide))


def test_vendi_refuses_nothing_and_zeros() -> None:
    for rows in (np.zeros((0, 3)), np.zeros((2, 3))):
        with pytest.raises(InputError):
            vendi_score(rows)


def test_repetition_shows() -> None:
    varied = [f"{a} {b} {c}" for a, b, c in zip("abcde", "fghij", "klmno", strict=True)]
    assert distinct_n(varied) == 1
    assert distinct_n(["a b c"] * 5) == pytest.approx(0.2)
    assert distinct_n(["word"]) == 0
    assert compression_ratio(["the same words again"] * 50) > compression_ratio(varied) > 0


def test_a_budget_ends_before_it_is_passed() -> None:
    texts = ["one", "two words", "three words here", "x"]
    assert within_budget(texts, 5, lambda text: len(text.split())) == texts[:2]
    assert within_budget(texts, 100, len) == texts
