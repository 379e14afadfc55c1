"""F1, precision and recall of dropping everything whose score is above a threshold.

Takes scores, labels and the threshold. Knows nothing about how it was chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evaluate
import numpy as np

from gatewright.training.evaluation.inputs import checked, described

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["F1At"]

_INPUTS = "    threshold: an example is dropped when its score is above it.\n"


class F1At(evaluate.Metric):  # type: ignore[misc]  # evaluate is untyped
    """`f1`, `precision` and `recall` of restricted, each in [0, 1].

    Without permitted examples only the recall is given; without restricted ones, nothing is.
    Precision is None when nothing is dropped. The `reason` tells why a value is None.
    """

    def _info(self) -> evaluate.MetricInfo:
        return described(__doc__, inputs=_INPUTS)

    def _compute(
        self, *, predictions: ArrayLike, references: ArrayLike, threshold: float
    ) -> dict[str, Any]:
        given = checked(predictions, references)
        values: dict[str, Any] = {"f1": None, "precision": None, "recall": None}
        hits = int(np.count_nonzero(given.restricted > threshold))
        alarms = int(np.count_nonzero(given.permitted > threshold))
        reason = given.missing
        if len(given.restricted):
            values["recall"] = hits / len(given.restricted)
        if reason is None:
            values["f1"] = 2 * hits / (hits + alarms + len(given.restricted))
            values["precision"] = hits / (hits + alarms) if hits + alarms else None
            reason = None if hits + alarms else "nothing scores above the threshold"
        return {**values, "reason": reason}
