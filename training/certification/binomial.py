"""Exact confidence bounds of a rate, from k errors in n independent trials.

Takes counts. Knows nothing about scores, thresholds or gates.
"""

from __future__ import annotations

from math import ceil, log1p
from typing import NamedTuple

from gatewright.errors import InputError

__all__ = ["Interval", "clopper_pearson_interval", "clopper_pearson_upper", "trials_needed"]


class Interval(NamedTuple):
    """Where the rate lies, at the confidence asked for."""

    low: float
    high: float


def clopper_pearson_upper(k: int, n: int, confidence: float) -> float:
    """One-sided upper bound of a rate: the p at which k or fewer errors have chance 1 - confidence.

    Equals the quantile of Beta(k + 1, n - k) at `confidence` (Clopper and Pearson 1934); 1 when
    every trial was an error, or there was none.

    Raises:
        InputError: k is not within 0 and n, or the confidence not between 0 and 1.
    """
    from scipy.special import betaincinv

    _check(k, n, confidence)
    return 1.0 if k == n else float(betaincinv(k + 1, n - k, confidence))


def clopper_pearson_interval(k: int, n: int, confidence: float) -> Interval:
    """Two-sided interval: each end is a one-sided bound at half the remaining chance.

    Raises:
        InputError: k is not within 0 and n, or the confidence not between 0 and 1.
    """
    _check(k, n, confidence)
    side = (1 + confidence) / 2
    return Interval(1 - clopper_pearson_upper(n - k, n, side), clopper_pearson_upper(k, n, side))


def trials_needed(budget: float, confidence: float) -> int:
    """How many trials without an error it takes to bound the rate by `budget`.

    ln(1 - confidence) / ln(1 - budget), rounded up. At 95 %: 59 for a budget of 5 %, 299 for 1 %,
    2,995 for .1 %.

    Raises:
        InputError: budget or confidence is not between 0 and 1.
    """
    for name, value in (("budget", budget), ("confidence", confidence)):
        if not 0 < value < 1:
            raise InputError(f"a {name} of {value} is not between 0 and 1; 5 % is .05, 95 % is .95")
    return ceil(log1p(-confidence) / log1p(-budget))


def _check(k: int, n: int, confidence: float) -> None:
    if not 0 <= k <= n:
        raise InputError(f"{k} errors in {n} trials make no rate")
    if not 0 < confidence < 1:
        raise InputError(f"a confidence of {confidence} is not between 0 and 1; 95 % is .95")
