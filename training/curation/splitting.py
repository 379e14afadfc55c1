"""Dividing examples into what is learned from, what steers the learning, and what certifies it.

Takes examples free of copies. Never cuts a lineage group. Knows nothing about files or models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Self

from gatewright.artefacts import digest
from gatewright.errors import InputError, QualityError
from gatewright.training.examples import Example

__all__ = ["SPLITS", "Shares", "Split", "split"]

SPLITS = ("train", "validation", "certification")

TO_CERTIFY = 472
"""A false-positive budget of 5 % at 95 % confidence takes 59 permitted examples, none in error;
half of these being permitted, four times as many leave room for some that are."""


class Shares(NamedTuple):
    """The part of all examples that each split gets; they sum to 1."""

    train: float = 0.6
    validation: float = 0.12
    certification: float = 0.28

    @classmethod
    def of(cls, examples: int, *, to_certify: int = TO_CERTIFY) -> Self:
        """The usual shares of a small set, and more to learn from as it grows.

        What measures needs a number of examples, not a share: about 240 to steer the training and
        `to_certify` to certify on, but never less than half of what a small set gives them.
        """
        usual = cls()
        validation = _between(usual.validation / 2, 240 / max(examples, 1), usual.validation)
        certification = _between(
            usual.certification / 2, to_certify / max(examples, 1), usual.certification
        )
        return cls(1 - validation - certification, validation, certification)


class Split(NamedTuple):
    """Three sets of examples that share no lineage group."""

    train: list[Example]
    validation: list[Example]
    certification: list[Example]


def split(examples: Sequence[Example], *, seed: int, shares: Shares | None = None) -> Split:
    """Divide by lineage group, with every clause and verdict in proportion as far as groups allow.

    Groups are laid in a row, ordered by verdict and clause and within these by the seed, and dealt
    out so that at every point of the row each split has its share to within a group or two. The
    result depends on the seed and the examples, not on their order; within a split, order is kept.

    Args:
        shares: the part of each split; None is `Shares.of` the number of examples.

    Raises:
        InputError: the shares are not three positive numbers that sum to 1.
        QualityError: a split would be without restricted or without permitted examples.
    """
    shares = _checked(shares or Shares.of(len(examples)))
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.group, []).append(example)
    place = _dealt(groups, shares, seed)
    divided = Split([], [], [])
    for example in examples:
        divided[place[example.group]].append(example)
    _refuse_one_sided(divided)
    return divided


def _dealt(groups: dict[str, list[Example]], shares: Shares, seed: int) -> dict[str, int]:
    """For each group the position of its split: the one that is furthest behind its share."""
    place: dict[str, int] = {}
    owed = [0.0] * len(SPLITS)
    for group in sorted(
        groups, key=lambda group: (*_stratum(groups[group]), digest([seed, group]))
    ):
        size = len(groups[group])
        owed = [debt + share * size for debt, share in zip(owed, shares, strict=True)]
        place[group] = max(range(len(SPLITS)), key=owed.__getitem__)
        owed[place[group]] -= size
    return place


def _between(least: float, wanted: float, most: float) -> float:
    return min(max(least, wanted), most)


def _stratum(members: Sequence[Example]) -> tuple[list[bool], str]:
    """Verdicts first: a split may miss a clause of which there are few, but never a verdict."""
    return sorted({each.restricted for each in members}), min(each.clause for each in members)


def _checked(shares: Shares) -> Shares:
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        given = " + ".join(f"{share:g}" for share in shares)
        raise InputError(
            f"the shares of {', '.join(SPLITS)} must be positive and sum to 1: {given}"
        )
    return shares


def _refuse_one_sided(divided: Split) -> None:
    counts = [Counter(example.restricted for example in part) for part in divided]
    if all(count[True] and count[False] for count in counts):
        return
    table = "; ".join(
        f"{name} {count[True]} restricted, {count[False]} permitted"
        for name, count in zip(SPLITS, counts, strict=True)
    )
    raise QualityError(
        f"too few examples to split: every part needs both verdicts ({table}); synthesize more "
        "examples, of the missing verdict above all"
    )
