"""Exact bounds against the binomial distribution itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from gatewright.errors import InputError
from gatewright.training.certification import (
    clopper_pearson_interval,
    clopper_pearson_upper,
    trials_needed,
)

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.floats(0.5, 0.999))
def test_at_the_upper_bound_so_few_errors_have_the_chance_left(
    counts: tuple[int, int], confidence: float
) -> None:
    k, n = counts
    bound = clopper_pearson_upper(k, n, confidence)
    if k == n:
        assert bound == 1
    else:
        assert k / n < bound < 1
        assert binom.cdf(k, n, bound) == pytest.approx(1 - confidence, abs=1e-9)


@given(COUNTS)
def test_the_interval_is_scipys(counts: tuple[int, int]) -> None:
    k, n = counts
    expected = binomtest(k, n).proportion_ci(0.95, method="exact")
    assert clopper_pearson_interval(k, n, 0.95) == pytest.approx((expected.low, expected.high))


def test_no_trials_bound_nothing() -> None:
    assert clopper_pearson_interval(0, 0, 0.95) == (0, 1)


@pytest.mark.parametrize(
    ("budget", "needed"), [(0.05, 59), (0.01, 299), (0.001, 2995), (0.1, 29), (0.5, 5)]
)
def test_trials_needed_at_95_percent(budget: float, needed: int) -> None:
    assert trials_needed(budget, 0.95) == needed
    assert clopper_pearson_upper(0, needed, 0.95) <= budget
    assert clopper_pearson_upper(0, needed - 1, 0.95) > budget


@pytest.mark.parametrize("wrong", [0, 1, -0.1, 5, float("nan")])
def test_a_share_outside_0_and_1_is_refused(wrong: float) -> None:
    for budget, confidence in ((wrong, 0.95), (0.05, wrong)):
        with pytest.raises(InputError, match="not between 0 and 1"):
            trials_needed(budget, confidence)
    with pytest.raises(InputError, match="not between 0 and 1"):
        clopper_pearson_upper(0, 10, wrong)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(k: int, n: int) -> None:
    with pytest.raises(InputError, match="make no rate"):
        clopper_pearson_upper(k, n, 0.95)
