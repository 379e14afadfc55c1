"""How a training is done: every number a user may turn, checked before anything is loaded.

Knows nothing about models, examples or files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict, get_args

from gatewright.errors import InputError

__all__ = ["Numbers", "Precision", "Recipe"]

Precision = Literal["auto", "no", "bf16", "fp16"]

_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32 - 1),
    "epochs": (1, 10_000),
    "learning_rate": (1e-8, 1.0),
    "head_learning_rate": (1e-8, 1.0),
    "lora_rank": (1, 1024),
    "lora_alpha": (1, 4096),
    "lora_dropout": (0.0, 0.9),
    "upper_layers": (1, 10_000),
    "token_budget": (1, 10_000_000),
    "accumulation": (1, 100_000),
    "warmup_share": (0.0, 1.0),
    "weight_decay": (0.0, 1.0),
    "patience": (1, 10_000),
    "trunk_bytes": (0, 2**50),
}
"""Least and most. The windows judge their own length and stride."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The numbers of one training.

    Raises:
        InputError: naming every number that is out of its range.
    """

    seed: int = 0
    """The one seed of head, adapter, order of examples and dropout."""
    epochs: int = 8
    """Most passes over the training examples."""
    learning_rate: float = 5e-4
    """Peak rate of the adapter's weights (AdamW)."""
    head_learning_rate: float = 2e-3
    """Peak rate of the fresh classification head, which has further to go."""
    lora_rank: int = 16
    lora_alpha: int = 32
    """The adapter's output is scaled by alpha / rank (arXiv 2106.09685)."""
    lora_dropout: float = 0.05
    upper_layers: int | None = None
    """Adapt only so many of the last layers; None adapts all."""
    token_budget: int = 2048
    """Most tokens, padding included, in one forward pass of one process. An example with more
    stands alone in its batch."""
    accumulation: int = 1
    """Batches of one process per optimizer step."""
    warmup_share: float = 0.1
    """Share of all steps in which the rates climb from 0; they fall linearly to 0 afterwards."""
    weight_decay: float = 0.01
    patience: int = 3
    """Stop after so many epochs in a row that were no better than the best before them."""
    max_tokens: int = 256
    """Length of the windows the gate reads, special tokens included."""
    stride: int = 64
    """Tokens that neighbouring windows of a long text share."""
    mixed_precision: Precision = "auto"
    """`auto` is what accelerate's launcher was told; without it bf16 or fp16 where the GPU has
    them, and full precision elsewhere."""
    trunk_bytes: int = 4 << 30
    """Memory for the outputs of frozen lower layers; 0 computes them afresh in each epoch."""

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError("these options cannot be trained with:\n  " + "\n  ".join(problems))

    def _problems(self) -> Iterator[str]:
        for name, (least, most) in _RANGES.items():
            number = getattr(self, name)
            if number is not None and not least <= number <= most:
                yield f"{name} is {number}; expected {least} to {most}"
        if self.mixed_precision not in get_args(Precision):
            yield f"mixed_precision is {self.mixed_precision!r}; expected auto, no, bf16 or fp16"


class Numbers(TypedDict, total=False):
    """A recipe's fields as keyword arguments; what is left out has the recipe's default."""

    seed: int
    epochs: int
    learning_rate: float
    head_learning_rate: float
    lora_rank: int
    lora_alpha: int
    lora_dropout: float
    upper_layers: int | None
    token_budget: int
    accumulation: int
    warmup_share: float
    weight_decay: float
    patience: int
    max_tokens: int
    stride: int
    mixed_precision: Precision
    trunk_bytes: int
