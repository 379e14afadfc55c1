"""AUPRC: precision averaged over recall, as average precision. A random gate gets the base rate.

Takes scores and labels. Knows nothing about thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evaluate

from gatewright.training.evaluation.inputs import checked, described

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Auprc"]


class Auprc(evaluate.Metric):  # type: ignore[misc]  # evaluate is untyped
    """Average precision of restricted, `auprc` in [0, 1]: sum of (R_i - R_{i-1}) P_i over scores.

    Not interpolated (Davis and Goadrich 2006). None, with a `reason`, when one class is missing.
    """

    def _info(self) -> evaluate.MetricInfo:
        return described(__doc__, "Davis and Goadrich, ICML 2006")

    def _compute(self, *, predictions: ArrayLike, references: ArrayLike) -> dict[str, Any]:
        from sklearn.metrics import average_precision_score

        given = checked(predictions, references)
        if given.missing:
            return {"auprc": None, "reason": given.missing}
        value = float(average_precision_score(given.labels, given.scores))
        # Rounding can carry a perfect ranking above 1.
        return {"auprc": min(value, 1.0), "reason": None}
