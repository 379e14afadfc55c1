"""Examples as tokens and labels, read once, and cut into padded batches of tensors.

Takes examples and the windows a gate will read them through. Knows nothing about epochs,
processes or models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from gatewright.classifiers.reading import Unreadable, Window, Windows, collate
from gatewright.training.examples import Example

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from transformers import PreTrainedTokenizerBase

    from gatewright.training.fine_tuning.labels import ClassWeights, Labels

__all__ = ["Batch", "Readable", "Table", "read", "tabulate"]


class Readable(NamedTuple):
    """What could be read, in order, and why the rest could not."""

    examples: list[Example]
    items: list[tuple[Window, ...]]
    left_out: Counter[str]


class Batch(NamedTuple):
    """Items of one forward pass: n items in w >= n windows of up to t tokens, r rules."""

    inputs: dict[str, torch.Tensor]
    """The model's arguments, (w, t) each."""
    owner: torch.Tensor
    """(w,) index of each window's item, from 0 to n - 1."""
    restricted: torch.Tensor
    """(n, r)."""
    weights: torch.Tensor
    """(n, r), 0 where the verdict is unknown."""
    rows: torch.Tensor
    """(n,) places of the items in their table."""
    remembered: torch.Tensor | None
    """(w, t, hidden) outputs of the frozen lower layers, when they are kept."""


@dataclass(frozen=True)
class Table:
    """n examples, tokenised and labelled."""

    ids: tuple[str, ...]
    items: tuple[tuple[Window, ...], ...]
    labels: Labels
    weights: NDArray[np.float32]
    """(n, rules)."""
    tokenizer: PreTrainedTokenizerBase
    remembered: tuple[torch.Tensor, ...] | None = None
    """For every window, in the order of `windows`: (tokens, hidden) in float32."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The windows of all items, one item after the other."""
        return tuple(window for windows in self.items for window in windows)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """(n,) tokens in the longest window of each item."""
        return np.array([max(len(w.input_ids) for w in windows) for windows in self.items])

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(n,) windows of each item."""
        return np.array([len(windows) for windows in self.items])

    @cached_property
    def tokens(self) -> int:
        """Tokens of all windows, without padding."""
        return sum(len(window.input_ids) for window in self.windows)

    def batch(self, rows: Sequence[int], scale: float = 1.0) -> Batch:
        """The items at `rows` as one batch, all their windows in it, weights times `scale`."""
        places = [at for row in rows for at in self.places(row)]
        inputs = collate([self.windows[at] for at in places], self.tokenizer)
        index = torch.tensor(rows)
        return Batch(
            inputs=inputs,
            owner=torch.repeat_interleave(torch.from_numpy(self.counts[list(rows)])),
            restricted=torch.from_numpy(self.labels.restricted)[index],
            weights=torch.from_numpy(self.weights)[index] * scale,
            rows=index,
            remembered=self._recalled(places, inputs["input_ids"].shape[1]),
        )

    def places(self, row: int) -> range:
        """Where in `windows` those of a row are."""
        return range(int(self._starts[row]), int(self._starts[row + 1]))

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self.counts)])

    def _recalled(self, places: list[int], width: int) -> torch.Tensor | None:
        if self.remembered is None:
            return None
        kept = [self.remembered[at] for at in places]
        padded = kept[0].new_zeros(len(kept), width, kept[0].shape[1])
        for row, hidden in zip(padded, kept, strict=True):
            row[: len(hidden)] = hidden
        return padded


def read(examples: Sequence[Example], windows: Windows) -> Readable:
    """Every example through the windows of the gate; those it could not read are counted."""
    readable = Readable([], [], Counter())
    for example in examples:
        try:
            item = windows.of(example.fields)
        except Unreadable as reason:
            readable.left_out[str(reason)] += 1
            continue
        readable.examples.append(example)
        readable.items.append(item.windows)
    return readable


def tabulate(
    readable: Readable, labels: Labels, weights: ClassWeights, tokenizer: PreTrainedTokenizerBase
) -> Table:
    """Readable examples and their labels, in the same order, as a table."""
    return Table(
        ids=tuple(example.id for example in readable.examples),
        items=tuple(readable.items),
        labels=labels,
        weights=weights.of(labels),
        tokenizer=tokenizer,
    )
