"""TPR at FPR: the share of restricted examples found while few permitted ones are flagged.

Takes scores, labels and the false-positive rate allowed. Knows nothing about certified thresholds.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

import evaluate
import numpy as np

from gatewright.training.evaluation.inputs import checked, described

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["TprAtFpr"]

_INPUTS = "    fpr: largest share of permitted examples that may score above the threshold.\n"


class TprAtFpr(evaluate.Metric):  # type: ignore[misc]  # evaluate is untyped
    """`tpr` in [0, 1] at the lowest threshold with at most a share `fpr` of false positives.

    With fewer than 1 / fpr permitted examples that is: without any false positive. None, with a
    `reason`, when one class is missing.
    """

    def _info(self) -> evaluate.MetricInfo:
        return described(__doc__, inputs=_INPUTS)

    def _compute(
        self, *, predictions: ArrayLike, references: ArrayLike, fpr: float = 0.01
    ) -> dict[str, Any]:
        given = checked(predictions, references)
        if given.missing:
            return {"tpr": None, "reason": given.missing}
        # The tiny addend keeps .07 of 100 at 7 examples, where the product is 7.000000000000001
        # for some rates and 6.999999999999999 for others.
        allowed = floor(fpr * len(given.permitted) + 1e-9)
        ranked = np.sort(given.permitted)[::-1]
        threshold = ranked[allowed] if allowed < len(ranked) else -np.inf
        return {"tpr": float(np.mean(given.restricted > threshold)), "reason": None}
