"""What a training reports: one record per epoch and one for the whole.

Frozen records only; knows nothing about models or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Epoch", "TrainingResult"]


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training examples, and the validation after it."""

    number: int
    """From 1."""
    train_loss: float
    """Weighted binary cross-entropy (nats) per known verdict, while the weights moved."""
    validation_loss: float
    """The same loss on the validation examples, afterwards."""
    validation_auprc: float | None
    """Average precision of the gate as a whole: an item's score is its highest logit over the
    rules, its label whether any rule restricts it. None when one of the two kinds is missing."""

    @property
    def standing(self) -> tuple[float, float]:
        """What epochs are compared by, larger is better: AUPRC first, then the lower loss."""
        auprc = 0.0 if self.validation_auprc is None else self.validation_auprc
        return (round(auprc, 6), -self.validation_loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What was learned, and at what cost."""

    best: Epoch
    """The epoch whose weights the gate holds."""
    history: tuple[Epoch, ...]
    stopped: str
    """Why it ended: `all epochs` or `no better for N epochs`."""
    resumed_after: int | None
    """The epoch whose checkpoint this process went on from; None when it began anew."""
    trainable_parameters: int
    trained_on: int
    """Examples in the training set."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Examples that could not be read, counted by reason; they are in neither set."""
    examples_seen: int
    """By this process's run, all epochs and processes together; so are the next two."""
    seconds: float
    """From the first training step to the last validation."""
    tokens_per_second: float
    """Tokens read for training, without padding, by that time."""
    remembered_layers: int
    """Frozen layers whose outputs were computed once and kept; see `trunk`."""

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {**asdict(self), "left_out": dict(self.left_out)}
