"""What every metric takes: one score and one label per example, and when they suffice.

Knows nothing about any particular metric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import evaluate
import numpy as np
from datasets import Features, Value

from gatewright.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Inputs", "checked", "described"]

_INPUTS = """
Args:
    predictions: one score per example, higher for restricted; finite numbers.
    references: one label per example, 1 restricted, 0 permitted.
"""


class Inputs(NamedTuple):
    """The scores of one set, by label."""

    scores: NDArray[np.float64]
    """(n,), all of them."""
    labels: NDArray[np.bool_]
    """(n,), True for restricted."""

    @property
    def restricted(self) -> NDArray[np.float64]:
        return self.scores[self.labels]

    @property
    def permitted(self) -> NDArray[np.float64]:
        return self.scores[~self.labels]

    @property
    def missing(self) -> str | None:
        """The reason why what compares both classes cannot be computed; None when it can."""
        if not self.labels.any():
            return "no restricted examples"
        if self.labels.all():
            return "no permitted examples"
        return None


def checked(predictions: ArrayLike, references: ArrayLike) -> Inputs:
    """Scores and labels as arrays.

    Raises:
        InputError: they differ in number, a score is not a finite number, or a label is not 0 or 1.
    """
    scores = np.asarray(predictions, dtype=np.float64)
    labels = np.asarray(references)
    if scores.ndim != 1 or scores.shape != labels.shape:
        raise InputError(f"scores of shape {scores.shape} for labels of shape {labels.shape}")
    if unusable := int(np.count_nonzero(~np.isfinite(scores))):
        raise InputError(
            f"{unusable} of {len(scores)} scores are not finite numbers; leave those examples out "
            "and count them"
        )
    if strange := sorted(set(labels.tolist()) - {0, 1}):
        raise InputError(f"labels must be 0 or 1, not {strange[0]!r}")
    return Inputs(scores, labels.astype(bool))


def described(
    description: str | None, citation: str = "", *, inputs: str = ""
) -> evaluate.MetricInfo:
    """The card of a metric over scores in float64 and labels in integers."""
    features = Features({"predictions": Value("float64"), "references": Value("int64")})
    return evaluate.MetricInfo(
        description=description or "",
        citation=citation,
        inputs_description=_INPUTS + inputs,
        features=features,
    )
