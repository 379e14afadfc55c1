"""From window logits to a loss: max over windows, masked cross-entropy, and a stop on NaN.

Takes tensors; knows nothing about models or optimizers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from gatewright.errors import QualityError

__all__ = ["pool", "refuse_non_finite", "summed_loss"]


def pool(logits: torch.Tensor, owner: torch.Tensor, items: int) -> torch.Tensor:
    """Logits of items (items, rules): rule by rule the highest over an item's windows.

    Args:
        logits: (windows, rules).
        owner: (windows,) index of the item each window belongs to; every item owns at least one.
        items: how many items there are.
    """
    pooled = logits.new_full((items, logits.shape[1]), -math.inf)
    index = owner.unsqueeze(1).expand_as(logits)
    return pooled.scatter_reduce(0, index, logits, reduce="amax", include_self=False)


def summed_loss(
    logits: torch.Tensor, restricted: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Binary cross-entropy (nats) of each verdict times its weight, summed. All (items, rules).

    A weight of 0 masks a verdict: it adds nothing, and no gradient.
    """
    return binary_cross_entropy_with_logits(logits, restricted, weight=weights, reduction="sum")


def refuse_non_finite(value: float, what: str, ids: Sequence[str]) -> None:
    """Raise when a loss or gradient norm is NaN or infinite.

    Raises:
        QualityError: naming the examples that were being learned from.
    """
    if math.isfinite(value):
        return
    raise QualityError(
        f"{what} became {value} while learning from examples {', '.join(ids)}; training stopped "
        "before that step, and earlier checkpoints are kept. Try a lower --learning-rate, or look "
        "at these examples"
    )
