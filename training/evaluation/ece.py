"""ECE: how far probabilities of `restricted` are from the shares that really are restricted.

Takes probabilities and labels. Knows nothing about temperatures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evaluate
import numpy as np

from gatewright.errors import InputError
from gatewright.training.evaluation.inputs import checked, described

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Ece"]

_INPUTS = "    bins: number of bins of equal width.\n"


class Ece(evaluate.Metric):  # type: ignore[misc]  # evaluate is untyped
    """Expected calibration error, `ece` in [0, 1]: sum over bins of n_b / n |mean p - mean label|.

    Bins of the probability of `restricted` (Naeini et al. 2015, Guo et al. 2017). None, with a
    `reason`, when one class is missing.
    """

    def _info(self) -> evaluate.MetricInfo:
        return described(__doc__, "Guo et al., arXiv 1706.04599", inputs=_INPUTS)

    def _compute(
        self, *, predictions: ArrayLike, references: ArrayLike, bins: int = 15
    ) -> dict[str, Any]:
        given = checked(predictions, references)
        if len(given.scores) and not 0 <= given.scores.min() <= given.scores.max() <= 1:
            raise InputError("calibration is about probabilities; these scores leave [0, 1]")
        if given.missing:
            return {"ece": None, "reason": given.missing}
        bin_of = np.minimum((given.scores * bins).astype(int), bins - 1)
        gaps = np.bincount(bin_of, weights=given.scores - given.labels, minlength=bins)
        return {"ece": float(np.abs(gaps).sum() / len(given.scores)), "reason": None}
