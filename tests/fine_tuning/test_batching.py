"""Which rows meet where: nothing lost, nothing doubled, little padded, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gatewright.training.fine_tuning.batching import group, portions, shuffled

SIZES = st.lists(st.tuples(st.integers(1, 64), st.integers(1, 5)), min_size=1, max_size=60)


def arrays(sizes: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lengths, counts = zip(*sizes, strict=True)
    return np.array(lengths), np.array(counts)


@given(SIZES, st.integers(1, 300), st.integers(0, 99))
def test_every_row_is_in_one_batch_within_the_budget(
    sizes: list[tuple[int, int]], budget: int, seed: int
) -> None:
    lengths, counts = arrays(sizes)
    batches = shuffled(lengths, counts, token_budget=budget, seed=seed, epoch=1)
    assert sorted(row for batch in batches for row in batch) == list(range(len(sizes)))
    for batch in batches:
        rows = list(batch)
        padded = int(lengths[rows].max() * counts[rows].sum())
        assert padded <= budget or len(batch) == 1


@given(SIZES, st.integers(1, 4), st.integers(1, 3))
def test_processes_do_equally_many_batches_and_together_each_once(
    sizes: list[tuple[int, int]], processes: int, accumulation: int
) -> None:
    lengths, counts = arrays(sizes)
    batches = shuffled(lengths, counts, token_budget=100, seed=0, epoch=1)
    dealt = [
        portions(batches, process=process, processes=processes, accumulation=accumulation)
        for process in range(processes)
    ]
    assert len({len(mine) for mine in dealt}) == 1
    counted = [each.rows for mine in dealt for each in mine if not each.repeated]
    assert sorted(counted) == sorted(batches)
    assert sum(len(mine) for mine in dealt) - len(batches) < processes


def test_a_step_is_the_same_rows_on_one_process_and_on_two() -> None:
    lengths, counts = np.arange(10, 60), np.ones(50, dtype=np.int64)
    batches = shuffled(lengths, counts, token_budget=200, seed=0, epoch=1)
    alone = portions(batches, process=0, processes=1, accumulation=2)
    first = portions(batches, process=0, processes=2, accumulation=1)
    second = portions(batches, process=1, processes=2, accumulation=1)
    assert [each.step for each in alone][::2] == [each.step for each in first]
    assert [each.step for each in first] == [each.step for each in second]


def test_epochs_and_seeds_differ_and_repeat() -> None:
    lengths, counts = np.arange(10, 60), np.ones(50, dtype=np.int64)

    def batches(seed: int, epoch: int) -> list[tuple[int, ...]]:
        return shuffled(lengths, counts, token_budget=200, seed=seed, epoch=epoch)

    assert batches(0, 1) == batches(0, 1)
    assert batches(0, 1) != batches(0, 2)
    assert batches(0, 1) != batches(1, 1)


def test_rows_of_like_length_meet_so_that_little_is_padded() -> None:
    drawn = np.random.default_rng(0)
    lengths, counts = drawn.integers(20, 256, size=500), np.ones(500, dtype=np.int64)
    batches = shuffled(lengths, counts, token_budget=4096, seed=0, epoch=1)
    padded = sum(int(lengths[list(batch)].max()) * len(batch) for batch in batches)
    assert padded < 1.25 * lengths.sum()


@pytest.mark.parametrize("order", [[], [2, 0, 1]])
def test_grouping_keeps_the_order(order: list[int]) -> None:
    lengths, counts = np.array([5, 5, 5]), np.array([1, 1, 1])
    batches = group(order, lengths, counts, token_budget=10)
    assert [row for batch in batches for row in batch] == order
