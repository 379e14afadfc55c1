"""From calibrated scores to a decision: the one place where thresholds are compared.

Takes numbers, gives a `Verdict`. Knows nothing about models, texts or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewright.classifiers.verdicts import Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewright.classifiers.gate_card import Thresholds

__all__ = ["decide", "explanation", "probabilities", "refused"]


def probabilities(logits: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Calibrated probabilities sigmoid(logit / temperature); NaN for a logit that is not finite.

    Temperature scaling: Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """
    # tanh saturates where exp would overflow.
    scores = 0.5 * (1.0 + np.tanh(logits / (2.0 * temperature)))
    return np.where(np.isfinite(logits), scores, np.nan)


def decide(
    scores: NDArray[np.float64], rules: Sequence[str], thresholds: Thresholds, *, gate: str
) -> Verdict:
    """The verdict on one item.

    Args:
        scores: calibrated probabilities, one per rule. With one that is not a number there is no
            highest, so the item is undecided.
        rules: their rule ids, in the same order.
        thresholds: the gate's.
        gate: digest of the gate.
    """
    if not np.isfinite(scores).all():
        missing = ", ".join(np.asarray(rules)[~np.isfinite(scores)])
        return refused(f"no score: the model gives no number for {missing}", gate=gate)
    at = int(np.argmax(scores))
    top, rule, drop = float(scores[at]), rules[at], thresholds.drop.threshold
    keep = drop if thresholds.keep is None else thresholds.keep.threshold
    named = {name: float(score) for name, score in zip(rules, scores, strict=True)}
    if top > drop:
        return Verdict("dropped", named, rule, drop, f"{rule} {top:.4f} is above {drop:.4f}", gate)
    if top > keep:
        reason = f"{rule} {top:.4f} is between {keep:.4f} and {drop:.4f}"
        return Verdict("undecided", named, rule, keep, reason, gate)
    reason = f"no rule is above {keep:.4f}; the highest is {rule} {top:.4f}"
    return Verdict("kept", named, rule, keep, reason, gate)


def refused(reason: str, *, gate: str) -> Verdict:
    """Undecided, because there is no score; `reason` reads `kind: detail`."""
    return Verdict("undecided", {}, None, None, reason, gate)


def explanation(verdict: Verdict) -> dict[str, Any]:
    """What is written beside an item: `decision`, `reason`, `rule`, `score` (None without one).

    The score is rounded to 6 digits, the precision in which it does not depend on the batch.
    """
    score = None if verdict.rule is None else round(verdict.scores[verdict.rule], 6)
    return {
        "decision": verdict.decision,
        "reason": verdict.reason,
        "rule": verdict.rule,
        "score": score,
    }
