"""A LoRA adapter on a classifier: low-rank updates in its layers, and its head trained whole.

Takes a sequence classifier of `transformers`, gives a `peft` model (arXiv 2106.09685). Knows
nothing about data or optimizers.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from torch import nn

from gatewright.errors import InputError
from gatewright.training.fine_tuning.stack import Stack, find_stack, head_names

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

__all__ = ["WindowDropout", "attach", "drop_out", "trainable"]


def attach(
    model: PreTrainedModel, *, rank: int, alpha: int, dropout: float, upper_layers: int | None
) -> PeftModel:
    """The model with LoRA on every linear part of its layers; all other weights are frozen.

    Its values come from torch's global generator: seed it to get the same ones.

    Args:
        upper_layers: adapt only so many of the last layers; None adapts all.

    Raises:
        InputError: the model has fewer layers than that, or no linear parts to adapt.
    """
    from peft import LoraConfig, TaskType, get_peft_model
    from transformers.pytorch_utils import Conv1D

    stack = find_stack(model)
    depth, parts = len(stack.layers), _linear_parts(stack)
    if upper_layers is not None and upper_layers > depth:
        raise InputError(f"upper_layers is {upper_layers}, but the base model has {depth} layers")
    some = None if upper_layers is None else list(range(depth - upper_layers, depth))
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=sorted(parts),
        fan_in_fan_out=any(isinstance(part, Conv1D) for part in parts.values()),
        layers_to_transform=some,
        layers_pattern=None if some is None else stack.name,
        modules_to_save=head_names(model),
    )
    with warnings.catch_warnings():
        # Between peft and transformers, about names: nothing a user of ours could change.
        warnings.simplefilter("ignore", FutureWarning)
        adapted = get_peft_model(model, config)
    for name, module in adapted.named_modules():
        if name.endswith(".lora_dropout"):
            module["default"] = WindowDropout(dropout)
    _tie_rows(adapted, rules=model.config.num_labels or 1)
    if not trainable(adapted):
        raise InputError(f"{type(model).__name__} has nothing that LoRA could train")
    return adapted


def _tie_rows(adapted: PeftModel, *, rules: int) -> None:
    """Add to the gradient of each rule's row of the output layer that of all rows.

    As if every row were a part that all rules share plus one of its own: what restricted texts of
    any rule have in common is then learned from all of them. Without it, each rule's row learns
    from its own few restricted texts alone, for about the others nothing is known.
    """
    for name, module in adapted.named_modules():
        output = isinstance(module, nn.Linear) and module.out_features == rules > 1
        if output and ".modules_to_save." in name:
            for parameter in module.parameters():
                parameter.register_hook(_with_all_rows)


def _with_all_rows(gradient: torch.Tensor) -> torch.Tensor:
    return gradient + gradient.sum(dim=0, keepdim=True)


class WindowDropout(nn.Module):
    """Drops a feature in all tokens of a window or in none (arXiv 1512.05287), with probability p.

    Drawing one mask per window in place of one per token makes an epoch on a CPU half as long:
    torch draws random numbers there on one core, whatever the number of threads.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """States (windows, tokens, features), or (tokens, features) with a mask for each token."""
        if not self.training or self.p == 0:
            return states
        kept = states.new_empty((len(states), *[1] * (states.ndim - 2), states.shape[-1]))
        return states * kept.bernoulli_(1 - self.p).div_(1 - self.p)


def drop_out(model: nn.Module, learning: bool) -> None:
    """Switch the adapter's dropout on or off; the base model's own stays off.

    So frozen layers give the same for a text in every epoch, and attention runs in the kernels
    that know no dropout: a third of the time on a CPU, at no loss that we could measure.
    """
    model.eval()
    for name, module in model.named_modules():
        if ".lora_dropout." in name:
            module.train(learning)


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that learn, by name."""
    return {name: each for name, each in model.named_parameters() if each.requires_grad}


def _linear_parts(stack: Stack) -> dict[str, nn.Module]:
    """A layer's matrices by their names inside it: `attention.self.query`. GPT-2's are Conv1D."""
    from transformers.pytorch_utils import Conv1D

    parts: dict[str, nn.Module] = {
        name: module
        for layer in stack.layers
        for name, module in layer.named_modules()
        if isinstance(module, (nn.Linear, Conv1D))
    }
    if not parts:
        raise InputError(f"{stack.name} has no linear parts that LoRA could adapt")
    return parts
