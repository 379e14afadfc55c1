"""How an encoder's token vectors become one: as it was trained to, where its folder says so.

`AutoModelForSequenceClassification` reads a BERT by its first token. A sentence encoder was trained
to be read by the mean of its tokens (arXiv 1908.10084); reading it so carries over better to text
unlike the training examples. Takes models of `transformers`. Knows nothing about gates or adapters.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = ["pool_by_mean"]


def pool_by_mean(model: Any) -> None:
    """Exchange the pooler of a BERT classifier for the mean over its unpadded tokens."""
    encoder = model.base_model
    encoder.pooler = _Mean()
    encoder.register_forward_pre_hook(_tell_mask, with_kwargs=True)


class _Mean(nn.Module):
    """Mean over the tokens that the mask of the current forward pass leaves: (n, tokens, width)
    to (n, width)."""

    def __init__(self) -> None:
        super().__init__()
        self.mask: torch.Tensor | None = None

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        if self.mask is None:
            return hidden.mean(dim=1)
        weights = self.mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1)


def _tell_mask(encoder: Any, _: tuple[Any, ...], named: dict[str, Any]) -> None:
    # A pooler is not told which tokens are padding.
    encoder.pooler.mask = named.get("attention_mask")
