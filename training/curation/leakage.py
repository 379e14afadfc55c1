"""Checking that what is measured was never learned from.

Takes examples on two sides, or a split. Finds; removes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Literal, NamedTuple

from gatewright.training.curation.fingerprints import fingerprint
from gatewright.training.curation.likeness import Seen
from gatewright.training.curation.splitting import Split
from gatewright.training.examples import Example

__all__ = ["Overlap", "leaks", "overlaps"]


class Overlap(NamedTuple):
    """An example on one side that the other side knows."""

    kind: Literal["same group", "near duplicate", "same response"]
    known: Example
    new: Example


def overlaps(known: Iterable[Example], new: Iterable[Example]) -> list[Overlap]:
    """Every example of `new` that shares a group with, or is a near-duplicate of, one of `known`.

    Each example of `new` is named once, with the first reason found. A copy is found as in
    `drop_near_duplicates`; an exact copy always is.
    """
    seen, groups = Seen(), dict[str, Example]()
    for example in known:
        seen.add(fingerprint(example))
        groups.setdefault(example.group, example)
    return list(_overlapping(seen, groups, new))


def leaks(split: Split) -> list[Overlap]:
    """Every overlap between any two parts of a split; empty, or the split must not be used."""
    return [found for one, other in combinations(split, 2) for found in overlaps(one, other)]


def _overlapping(
    seen: Seen, groups: dict[str, Example], new: Iterable[Example]
) -> Iterator[Overlap]:
    for example in new:
        if example.group in groups:
            yield Overlap("same group", groups[example.group], example)
        elif (likeness := seen.likeness(fingerprint(example))) is not None:
            yield Overlap(likeness.kind, likeness.of, example)
