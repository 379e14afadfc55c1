"""AUROC: how likely a restricted example scores higher than a permitted one, ties counting half.

Takes scores and labels. Knows nothing about thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evaluate

from gatewright.training.evaluation.inputs import checked, described

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Auroc"]


class Auroc(evaluate.Metric):  # type: ignore[misc]  # evaluate is untyped
    """Area under the ROC curve, `auroc` in [0, 1] (Hanley and McNeil 1982).

    None, with a `reason`, when one class is missing.
    """

    def _info(self) -> evaluate.MetricInfo:
        return described(__doc__, "Hanley and McNeil, Radiology 143 (1982) 29-36")

    def _compute(self, *, predictions: ArrayLike, references: ArrayLike) -> dict[str, Any]:
        from sklearn.metrics import roc_auc_score

        given = checked(predictions, references)
        if given.missing:
            return {"auroc": None, "reason": given.missing}
        return {"auroc": float(roc_auc_score(given.labels, given.scores)), "reason": None}
