"""How well the classifier stands on the validation examples: loss and gate-level AUPRC.

Takes logits, labels and weights as arrays. Knows nothing about models or processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewright.training.fine_tuning.labels import Labels

__all__ = ["Standing", "stand"]


class Standing(NamedTuple):
    """The two numbers an epoch is judged by."""

    loss: float
    """Weighted binary cross-entropy (nats) per known verdict."""
    auprc: float | None
    """Average precision of the highest logit over the rules, against whether any rule restricts
    the item; None unless items of both kinds are known."""


def stand(logits: NDArray[np.float64], labels: Labels, weights: NDArray[np.float32]) -> Standing:
    """Measure finite logits (n, rules) of n examples.

    An item counts for the AUPRC when a rule is known to restrict it, or all are known not to.
    """
    entropy = np.logaddexp(0.0, logits) - logits * labels.restricted
    loss = float((entropy * weights).sum() / max(float(weights.sum()), 1e-12))
    restricted = np.asarray(labels.restricted.any(axis=1))
    known = np.logical_or(restricted, labels.known.all(axis=1))
    return Standing(loss, _average_precision(restricted[known], logits[known].max(axis=1)))


def _average_precision(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float | None:
    from sklearn.metrics import average_precision_score

    if not 0 < truth.sum() < len(truth):
        return None
    return float(average_precision_score(truth, scores))
