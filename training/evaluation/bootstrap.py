"""How much AUPRC would vary from one such set to another: a percentile bootstrap.

Takes scores, labels and groups. Draws groups, not examples: siblings are not independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewright.training.evaluation.inputs import Inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Interval", "auprc_interval"]

_FEWEST_GROUPS = 5


class Interval(NamedTuple):
    """Where the value of a repeated measurement would lie."""

    low: float
    high: float


def auprc_interval(
    given: Inputs,
    groups: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval | None:
    """Percentile interval of the average precision over resampled groups (Efron 1979).

    None when a class lies in fewer than five groups: too few to say how much it varies.
    """
    codes = np.arange(len(given.scores)) if groups is None else _codes(groups)
    if min(len(set(codes[given.labels])), len(set(codes[~given.labels]))) < _FEWEST_GROUPS:
        return None
    generator = np.random.default_rng(seed)
    order = np.argsort(-given.scores, kind="stable")
    labels, codes = given.labels[order], codes[order]
    steps = np.flatnonzero(np.diff(given.scores[order], append=-np.inf))
    count = int(codes.max()) + 1
    draws = (_weights(generator, codes, count) for _ in range(resamples))
    values = (_average_precision(labels * draw, ~labels * draw, steps) for draw in draws)
    # A draw that misses a class, of which there is less than one in a hundred, has no value.
    usable = [value for value in values if value is not None]
    tail = (1 - confidence) / 2
    low, high = np.quantile(usable, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _codes(groups: Sequence[Hashable]) -> NDArray[np.int64]:
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(group, len(number)) for group in groups], dtype=np.int64)


def _weights(
    generator: np.random.Generator, codes: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """How often each example is in a draw of `count` groups with replacement."""
    drawn = np.bincount(generator.integers(count, size=count), minlength=count)
    return np.asarray(drawn[codes])


def _average_precision(
    restricted: NDArray[np.int64], permitted: NDArray[np.int64], steps: NDArray[np.int64]
) -> float | None:
    """Of weights ordered by falling score; `steps` are the last positions of equal scores."""
    found = np.cumsum(restricted)[steps]
    flagged = found + np.cumsum(permitted)[steps]
    if found[-1] in (0, flagged[-1]):
        return None
    precision = found / np.maximum(flagged, 1)
    return float(np.sum(np.diff(found, prepend=0) * precision) / found[-1])
