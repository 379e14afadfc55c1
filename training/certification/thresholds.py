"""Thresholds with a guarantee: the most a rate of error can be, at a stated confidence.

Takes scores of a pool of independent examples, none of them ever trained on. Knows nothing about
models, rules or files. Method: fixed-sequence testing (Learn then Test, Angelopoulos et al. 2021,
arXiv 2110.01052) with exact binomial bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewright.errors import InputError, QualityError
from gatewright.training.certification.binomial import clopper_pearson_upper, trials_needed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Certified", "certify_false_positives", "certify_misses"]


_ROUNDING = 1e-6
"""How far a score may move with the batch it is computed in."""


class Certified(NamedTuple):
    """A threshold and the evidence for it."""

    threshold: float
    n: int
    """Size of the pool."""
    k: int
    """Errors that the threshold makes in it."""
    bound: float
    """Upper bound of the rate of error, at the confidence asked for."""


def certify_false_positives(scores: ArrayLike, *, budget: float, confidence: float) -> Certified:
    """The lowest threshold that drops at most a share `budget` of permitted text.

    Text is dropped when its score is above the threshold. Thresholds are tried from the highest
    score downwards, equal scores as one step; the first one at which the Clopper-Pearson bound of
    the false-positive rate exceeds the budget ends the search, and the last that passed is taken.
    The rate can only grow on the way down, so one test at level 1 - confidence after the other
    leaves the whole search at that level: the chance, over pools, that the true rate exceeds the
    budget is at most 1 - confidence.

    Args:
        scores: of n permitted examples, one per lineage group, in [0, 1].
        budget: the share of permitted text that may be dropped, between 0 and 1.
        confidence: between 0 and 1.

    Raises:
        InputError: a score is not a number in [0, 1], or budget or confidence is out of range.
        QualityError: the pool is too small for the budget even without an error; says how many
            examples it takes.
    """
    pool = _pool(scores)
    _refuse_small(len(pool), budget, confidence, "permitted")
    found = _lowest(pool, budget, confidence)
    return found._replace(threshold=min(1.0, found.threshold))


def certify_misses(scores: ArrayLike, *, budget: float, confidence: float) -> Certified:
    """The highest threshold that keeps at most a share `budget` of restricted text.

    Text is kept when its score is not above the threshold. The mirror image of
    `certify_false_positives`: upwards from just below the lowest score.

    Raises:
        InputError: as there.
        QualityError: as there; or too many restricted examples score 0, so that even a threshold
            of 0 would miss more than the budget.
    """
    pool = _pool(scores)
    _refuse_small(len(pool), budget, confidence, "restricted")
    found = _lowest(-pool, budget, confidence)
    if pool.min() == 0 and found.threshold > 0:
        raise QualityError(
            f"restricted examples score 0: no threshold misses at most {100 * budget:.3g} % of them"
        )
    return found._replace(threshold=max(0.0, -found.threshold))


def _lowest(pool: NDArray[np.float64], budget: float, confidence: float) -> Certified:
    """Scan down from the highest score, at which nothing is an error.

    The threshold lies a rounding above the score it was found at, or halfway to the next higher one
    where that is nearer: the same errors, and none more when a score moves with its batch.
    """
    n, ranked = len(pool), np.sort(pool)
    higher = float("inf")
    passed = Certified(float(ranked[-1]), n, 0, clopper_pearson_upper(0, n, confidence))
    for score in np.unique(pool)[::-1]:
        k = n - int(np.searchsorted(ranked, score, side="right"))
        bound = clopper_pearson_upper(k, n, confidence)
        if bound > budget:
            break
        margin = min(_ROUNDING, (higher - float(score)) / 2)
        passed = Certified(float(score) + margin, n, k, bound)
        higher = float(score)
    return passed


def _pool(scores: ArrayLike) -> NDArray[np.float64]:
    pool = np.asarray(scores, dtype=np.float64)
    # Written so that NaN fails it too.
    if pool.ndim != 1 or not np.all((pool >= 0) & (pool <= 1)):
        raise InputError("a pool is one score per example, each a number in [0, 1]")
    return pool


def _refuse_small(n: int, budget: float, confidence: float, verdict: str) -> None:
    needed = trials_needed(budget, confidence)
    if clopper_pearson_upper(0, n, confidence) > budget:
        raise QualityError(
            f"{n} {verdict} examples cannot certify a budget of {100 * budget:.3g} % at "
            f"{100 * confidence:.3g} % confidence: it takes {needed:,} without a single error. Add "
            f"{verdict} examples, or allow a larger budget"
        )
