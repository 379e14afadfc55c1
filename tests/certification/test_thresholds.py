"""Certified thresholds: the search step by step, its refusals, and the promise in simulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import InputError, QualityError
from gatewright.training.certification import (
    Certified,
    certify_false_positives,
    certify_misses,
    clopper_pearson_upper,
)

BOTH = pytest.mark.parametrize("certify", [certify_false_positives, certify_misses])
POOLS = 2000


def about(score: float) -> Any:
    """That score, but for the margin that keeps a rounding from making an error of it."""
    return pytest.approx(score, abs=1.5e-6)


def test_a_score_that_moves_by_a_rounding_stays_on_its_side() -> None:
    scores = np.arange(100) / 100
    drop = certify_false_positives(scores, budget=0.05, confidence=0.95)
    keep = certify_misses(scores, budget=0.05, confidence=0.95)
    for moved in (scores - 1e-7, scores + 1e-7):
        assert int((moved > drop.threshold).sum()) == drop.k
        assert int((moved <= keep.threshold).sum()) == keep.k


def test_the_search_goes_as_far_down_as_the_budget_allows() -> None:
    scores = np.arange(100) / 100
    found = certify_false_positives(scores, budget=0.05, confidence=0.95)
    # One error in 100 is bounded by 4.66 %, two by 6.16 %.
    assert found.threshold == about(0.98)
    assert found[1:] == (100, 1, clopper_pearson_upper(1, 100, 0.95))


def test_equal_scores_are_one_step() -> None:
    scores = [0.1] * 97 + [0.9] * 3
    found = certify_false_positives(scores, budget=0.05, confidence=0.95)
    assert (found.threshold, found.k) == (about(0.9), 0)


def test_a_pool_of_one_score_drops_what_is_above_it() -> None:
    found = certify_false_positives([0.3] * 59, budget=0.05, confidence=0.95)
    assert (found.threshold, found.k) == (about(0.3), 0)


def test_misses_are_searched_upwards_and_the_border_is_not_missed() -> None:
    scores = np.arange(100) / 100
    found = certify_misses(scores, budget=0.05, confidence=0.95)
    assert found.k == 1 == int((scores <= found.threshold).sum())
    assert found.threshold < 0.01 == about(found.threshold)


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.6, 0.9]), min_size=30, max_size=80),
    st.sampled_from([0.1, 0.2, 0.4]),
)
@settings(max_examples=100, deadline=None)
def test_the_threshold_is_the_lowest_that_any_exact_count_allows(
    scores: list[float], budget: float
) -> None:
    found = certify_false_positives(scores, budget=budget, confidence=0.9)
    errors = {each: sum(score > each for score in scores) for each in set(scores)}
    bounds = {each: clopper_pearson_upper(k, len(scores), 0.9) for each, k in errors.items()}
    lowest = min(each for each, bound in bounds.items() if bound <= budget)
    assert found.threshold == about(lowest)
    assert found[1:] == (len(scores), errors[lowest], bounds[lowest])
    mirrored = certify_misses(1 - np.array(scores), budget=budget, confidence=0.9)
    assert (mirrored.k, mirrored.bound) == (found.k, found.bound)


@BOTH
@pytest.mark.parametrize(("budget", "needed"), [(0.05, "59"), (0.01, "299"), (0.001, "2,995")])
def test_a_pool_too_small_for_its_budget_is_refused_with_the_number_it_takes(
    certify: Callable[..., Certified], budget: float, needed: str
) -> None:
    enough = int(needed.replace(",", ""))
    assert certify(np.full(enough, 0.5), budget=budget, confidence=0.95).k == 0
    with pytest.raises(QualityError, match=f"^{enough - 1} .* it takes {needed} without"):
        certify(np.full(enough - 1, 0.5), budget=budget, confidence=0.95)


@BOTH
def test_an_empty_pool_is_refused(certify: Callable[..., Certified]) -> None:
    with pytest.raises(QualityError, match="it takes 59"):
        certify([], budget=0.05, confidence=0.95)


@BOTH
@pytest.mark.parametrize("wrong", [float("nan"), -0.1, 1.1, float("inf")])
def test_a_score_that_is_no_probability_is_refused(
    certify: Callable[..., Certified], wrong: float
) -> None:
    with pytest.raises(InputError, match=r"number in \[0, 1\]"):
        certify([0.5] * 99 + [wrong], budget=0.05, confidence=0.95)


@BOTH
@pytest.mark.parametrize("wrong", [{"budget": 0.0}, {"budget": 5.0}, {"confidence": 95.0}])
def test_a_share_out_of_range_is_refused(certify: Callable[..., Certified], wrong: Any) -> None:
    with pytest.raises(InputError, match="not between 0 and 1"):
        certify([0.5] * 99, **{"budget": 0.05, "confidence": 0.95, **wrong})


def test_restricted_text_that_scores_0_cannot_be_saved_by_a_threshold() -> None:
    with pytest.raises(QualityError, match="score 0"):
        certify_misses([0.0] * 50 + [0.9] * 50, budget=0.1, confidence=0.95)


@pytest.mark.parametrize("grid", [None, 40], ids=["continuous", "with ties"])
@BOTH
def test_the_promise_holds_over_many_pools(
    certify: Callable[..., Certified], grid: int | None
) -> None:
    generator = np.random.default_rng(7)
    n, budget, confidence = 150, 0.1, 0.9
    rates = np.empty(POOLS)
    for at in range(POOLS):
        scores = generator.random(n)
        if grid:
            scores = (np.floor(scores * grid) + 0.5) / grid
        found = certify(scores, budget=budget, confidence=confidence)
        # Where scores are uniform, the true rate of a threshold is known.
        kept = found.threshold if not grid else np.floor(found.threshold * grid + 0.5) / grid
        rates[at] = 1 - kept if certify is certify_false_positives else kept
    slack = 3 * (confidence * (1 - confidence) / POOLS) ** 0.5
    assert np.mean(rates > budget + 1e-12) <= 1 - confidence + slack
    # It is a promise worth having: most of the budget is used, not none of it.
    assert np.mean(rates) > 0.4 * budget


def test_more_examples_use_more_of_the_budget() -> None:
    generator = np.random.default_rng(1)
    used = [
        1 - certify_false_positives(generator.random(n), budget=0.05, confidence=0.95).threshold
        for n in (100, 1_000, 20_000)
    ]
    assert used == sorted(used)
    assert used[-1] > 0.045
