"""Where a model's layers and its head are, whatever its architecture.

Takes a sequence classifier of `transformers`; knows nothing about adapters or training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from torch import nn

from gatewright.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["Stack", "find_stack", "head_names"]


class Stack(NamedTuple):
    """The layers every token passes through, one after the other."""

    name: str
    """Path of the list inside the model, e.g. `bert.encoder.layer`."""
    layers: nn.ModuleList

    def below(self, upper: int | None) -> list[nn.Module]:
        """The layers under the last `upper` ones; none when `upper` is None."""
        return [] if upper is None else list(self.layers[: len(self.layers) - upper])


def find_stack(model: PreTrainedModel) -> Stack:
    """The one list of layers of an encoder or decoder.

    Raises:
        InputError: the architecture has no such list, or several (encoder-decoders).
    """
    depth = getattr(model.config.get_text_config(), "num_hidden_layers", None)
    lists = [
        Stack(name, module)
        for name, module in model.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == depth
    ]
    outermost = [
        stack for stack in lists if not any(stack.name.startswith(f"{o.name}.") for o in lists)
    ]
    if len(outermost) != 1:
        raise InputError(
            f"{type(model).__name__} has {len(outermost)} stacks of {depth} layers, expected one; "
            "choose an encoder or a decoder as the base model"
        )
    return outermost[0]


def head_names(model: PreTrainedModel) -> list[str]:
    """Names of the modules above the layers, which are trained whole: the fresh classifier, by
    whatever name, and the pooler before it (fresh too, where the base came without one)."""
    beside = [
        name
        for name, module in model.named_children()
        if name != model.base_model_prefix and any(True for _ in module.parameters())
    ]
    pooler = getattr(model.base_model, "pooler", None)
    learns = pooler is not None and any(True for _ in pooler.parameters())
    return sorted({*beside, *(["pooler"] if learns else [])})
