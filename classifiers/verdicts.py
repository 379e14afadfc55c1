"""What a gate says about one item.

Frozen record only; knows nothing about models or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Decision", "Verdict"]

Decision = Literal["kept", "dropped", "undecided"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with the evidence for it. Never a bare float."""

    decision: Decision
    scores: Mapping[str, float]
    """Calibrated probability of `restricted` by rule id, in [0, 1]; empty if there is none."""
    rule: str | None
    """The rule with the highest score, the one that decides; None when there are no scores."""
    threshold: float | None
    """The threshold the deciding score was compared with."""
    reason: str
    """One sentence for the person who asks why."""
    gate: str
    """Digest of the gate that decided."""
