"""AdamW with a rate of its own for the head, and a warm-up before a linear decay.

Takes named parameters; knows nothing about models or data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch.optim.lr_scheduler import LRScheduler

__all__ = ["optimizer_for", "schedule_for"]


def optimizer_for(
    parameters: Mapping[str, torch.nn.Parameter],
    *,
    learning_rate: float,
    head_learning_rate: float,
    weight_decay: float,
) -> torch.optim.AdamW:
    """AdamW (arXiv 1711.05101) over the adapter's parameters and the head's, in two groups.

    Biases and norms do not decay: there is nothing to regularise in them.
    """
    groups: list[dict[str, Any]] = []
    for of_head, rate in ((False, learning_rate), (True, head_learning_rate)):
        mine = [each for name, each in parameters.items() if ("lora_" not in name) == of_head]
        for matrices, decay in ((True, weight_decay), (False, 0.0)):
            some = [each for each in mine if (each.ndim > 1) == matrices]
            if some:
                groups.append({"params": some, "lr": rate, "weight_decay": decay})
    return torch.optim.AdamW(groups)


def schedule_for(
    optimizer: torch.optim.Optimizer, *, steps: int, warmup_share: float
) -> LRScheduler:
    """Rates that climb linearly over the first share of all optimizer steps, then fall to 0."""
    from transformers import get_scheduler

    warmup = round(steps * warmup_share)
    return get_scheduler(  # type: ignore[no-any-return]
        "linear", optimizer, num_warmup_steps=warmup, num_training_steps=steps
    )
