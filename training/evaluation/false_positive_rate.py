"""The share of permitted examples that a threshold drops, with its Clopper-Pearson interval.

Takes scores, labels and the threshold; restricted examples are ignored. Knows nothing about
budgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evaluate
import numpy as np

from gatewright.training.certification.binomial import clopper_pearson_interval
from gatewright.training.evaluation.inputs import checked, described

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["FalsePositiveRate"]

_INPUTS = """    threshold: an example is dropped when its score is above it.
    confidence: of the two-sided interval.
"""


class FalsePositiveRate(evaluate.Metric):  # type: ignore[misc]  # evaluate is untyped
    """`false_positive_rate` k / n with `low` and `high`, two-sided (Clopper and Pearson 1934).

    None, with a `reason`, when there are no permitted examples.
    """

    def _info(self) -> evaluate.MetricInfo:
        return described(__doc__, "Clopper and Pearson, Biometrika 26 (1934)", inputs=_INPUTS)

    def _compute(
        self,
        *,
        predictions: ArrayLike,
        references: ArrayLike,
        threshold: float,
        confidence: float = 0.95,
    ) -> dict[str, Any]:
        permitted = checked(predictions, references).permitted
        n, k = len(permitted), int(np.count_nonzero(permitted > threshold))
        if n == 0:
            none = dict.fromkeys(("false_positive_rate", "low", "high"))
            return {**none, "n": 0, "k": 0, "reason": "no permitted examples"}
        low, high = clopper_pearson_interval(k, n, confidence)
        rate = {"false_positive_rate": k / n, "low": low, "high": high}
        return {**rate, "n": n, "k": k, "reason": None}
