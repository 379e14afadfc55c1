"""Which examples meet in a batch, which batches in a step, and which process takes which.

Takes lengths and a seed, gives lists of rows; the same arguments give the same lists on every
machine. Knows nothing about texts, tensors or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Portion", "group", "portions", "shuffled"]

_JITTER = 0.1

Rows = tuple[int, ...]


class Portion(NamedTuple):
    """One batch of one process."""

    rows: Rows
    step: Rows
    """The rows of the whole optimizer step, over all its batches and processes, each once."""
    repeated: bool
    """Whether another portion of this step has these rows already: it is here to keep the
    processes in step, and must not count."""


def group(
    order: Sequence[int],
    lengths: NDArray[np.int64],
    counts: NDArray[np.int64],
    *,
    token_budget: int,
) -> list[Rows]:
    """Cut `order` into batches of at most `token_budget` tokens, padding included.

    Args:
        order: rows, best with similar lengths side by side.
        lengths: tokens in the longest window of each row.
        counts: windows of each row; they stay together, so that a row with more tokens than the
            budget stands alone.
    """
    batches: list[Rows] = []
    batch: list[int] = []
    longest = windows = 0
    for row in order:
        longest, windows = max(longest, int(lengths[row])), windows + int(counts[row])
        if batch and longest * windows > token_budget:
            batches.append(tuple(batch))
            batch, longest, windows = [], int(lengths[row]), int(counts[row])
        batch.append(row)
    return [*batches, tuple(batch)] if batch else batches


def shuffled(
    lengths: NDArray[np.int64],
    counts: NDArray[np.int64],
    *,
    token_budget: int,
    seed: int,
    epoch: int,
) -> list[Rows]:
    """The batches of one epoch: alike in length, every row once, in an order of their own.

    Rows are sorted by length times a random factor of 1 +- 10 %, so that the same ones do not meet
    in every epoch while little is padded.
    """
    generator = np.random.default_rng([seed, epoch])
    jitter = generator.uniform(1 - _JITTER, 1 + _JITTER, size=len(lengths))
    order = np.argsort(lengths * jitter, kind="stable")
    batches = group(order.tolist(), lengths, counts, token_budget=token_budget)
    return [batches[at] for at in generator.permutation(len(batches))]


def portions(
    batches: Sequence[Rows], *, process: int, processes: int, accumulation: int
) -> list[Portion]:
    """What one process does in an epoch, in order; every process gets equally many portions.

    A step takes `processes * accumulation` batches, the last one what is left. Where those cannot
    be dealt out evenly, the step's first batch is repeated.
    """
    size = processes * accumulation
    dealt: list[Portion] = []
    for start in range(0, len(batches), size):
        step = batches[start : start + size]
        rows = tuple(row for batch in step for row in batch)
        mine = [Portion(batch, rows, repeated=False) for batch in step[process::processes]]
        missing = -(-len(step) // processes) - len(mine)
        dealt += mine + [Portion(step[0], rows, repeated=True)] * missing
    return dealt
