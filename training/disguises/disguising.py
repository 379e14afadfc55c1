"""Disguised siblings of examples, so that no disguise goes with a verdict.

Takes examples, a share and a seed; gives them all back, with siblings in their lineage groups. A
public re-implementation of constitutional classifiers had learned adversarial framing instead of
the policy. Here frames and labels are crossed by design, not by chance:
the n-th restricted and the n-th permitted text get the same transform with the same
draws, and the twins of a pair get theirs together. Knows nothing about splits or policies.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import floor
from typing import Any, TypeVar

from gatewright.artefacts import digest
from gatewright.errors import InputError
from gatewright.training.disguises.catalogue import ALL
from gatewright.training.disguises.transforms import Transform
from gatewright.training.examples import Dropped, Example, Sifted
from gatewright.training.synthesis.reading import MAX_FIELD

__all__ = ["count_families", "disguise"]

_STAGE = "disguising"

_T = TypeVar("_T")

_Unit = list[Example]
"""What is disguised together: one example, or all of a group that has both verdicts (twins)."""


def disguise(
    examples: Sequence[Example],
    *,
    share: float,
    seed: int,
    transforms: Sequence[Transform] = ALL,
) -> Sifted:
    """All examples, then disguised siblings of a share of them; dropped are siblings only.

    Of each clause and verdict the same share is taken, to within one example or pair; families
    take turns, and so do the transforms of a family. What is disguised is what is judged: the
    prompt, the text, or the response, of an exchange too. A sibling keeps verdicts, clause and
    group; its origin is `augmented`, and its source says `difficulty` disguised, `transform`,
    `family` and `of`, the original's id. Texts that are disguised already stay as they are.

    The result depends on the seed and the examples' ids, not on their order.

    Reasons: `too long` (over the limit of a field), `nothing changed`, and `twin dropped` for the
    other one of a pair.

    Raises:
        InputError: the share is not from 0 to 1, or there is no transform.
    """
    if not 0 <= share <= 1:
        raise InputError(f"a share of {share} makes no sense; give a number from 0 to 1")
    if not transforms:
        raise InputError("there is no transform to disguise with; give at least one")
    made: list[Example | Dropped] = []
    for row in _rows(examples, seed):
        for number, unit in enumerate(_drawn(row, share)):
            # The key leaves out the verdict: both walk through the same transforms and draws.
            key = ["disguise", seed, len(unit) > 1, number]
            made += _siblings(unit, _dealt(transforms, number, seed), digest(key))
    order = {example.id: at for at, example in enumerate(examples)}
    siblings = [each for each in made if isinstance(each, Example)]
    dropped = [each for each in made if isinstance(each, Dropped)]
    siblings.sort(key=lambda each: order[each.source["of"]])
    return Sifted([*examples, *siblings], dropped)


def count_families(examples: Iterable[Example]) -> dict[str, int]:
    """How many disguised siblings each family of transforms made, most frequent first."""
    families = (each.source["family"] for each in examples if "transform" in each.source)
    return dict(Counter(families).most_common())


def _rows(examples: Sequence[Example], seed: int) -> Iterator[list[_Unit]]:
    """Units of restricted examples, of permitted ones and of twins, each row in order of clause."""
    rows: dict[tuple[bool, ...], list[_Unit]] = {}
    for unit in _units(examples):
        rows.setdefault(tuple(sorted({each.restricted for each in unit})), []).append(unit)
    for _, row in sorted(rows.items()):
        yield sorted(row, key=lambda unit: _place(unit, seed))


def _place(unit: _Unit, seed: int) -> tuple[str, str]:
    return min(each.clause for each in unit), digest([seed, sorted(each.id for each in unit)])


def _units(examples: Sequence[Example]) -> Iterator[_Unit]:
    groups: dict[str, list[Example]] = {}
    for example in examples:
        if example.fields and example.source.get("difficulty") != "disguised":
            groups.setdefault(example.group, []).append(example)
    for members in groups.values():
        if len({each.restricted for each in members}) > 1:
            yield members
        else:
            yield from ([each] for each in members)


def _drawn(row: list[_Unit], share: float) -> list[_Unit]:
    """Units at even steps, so that any stretch of the row, like a clause, has its share."""
    steps = [floor(at * share + 0.5) for at in range(len(row) + 1)]
    return [unit for at, unit in enumerate(row) if steps[at + 1] > steps[at]]


def _dealt(transforms: Sequence[Transform], number: int, seed: int) -> Transform:
    """The number-th transform: families in turn, reshuffled each time, then those of the family."""
    families = sorted({each.family for each in transforms})
    turn, place = divmod(number, len(families))
    family = _shuffled(families, [seed, "families", turn])[place]
    own = [each for each in transforms if each.family == family]
    again, at = divmod(turn, len(own))
    return _shuffled(own, [seed, family, again])[at]


def _shuffled(items: Sequence[_T], key: list[Any]) -> list[_T]:
    return random.Random(digest(key)).sample(items, len(items))


def _siblings(unit: _Unit, transform: Transform, key: str) -> list[Example | Dropped]:
    """A sibling each, or none: of twins one alone would tell by its disguise."""
    made = [_sibling(example, transform, key) for example in unit]
    if all(isinstance(each, Example) for each in made):
        return made
    return [
        each if isinstance(each, Dropped) else _dropped("twin dropped", example, transform)
        for each, example in zip(made, unit, strict=True)
    ]


def _sibling(example: Example, transform: Transform, key: str) -> Example | Dropped:
    # Of an exchange the last field, the response, is what is judged.
    name, text = list(example.fields.items())[-1]
    disguised = transform(text, random.Random(key))
    if disguised == text:
        return _dropped("nothing changed", example, transform)
    if len(disguised) > MAX_FIELD:
        detail = f"{name} has {len(disguised)} characters, limit {MAX_FIELD}"
        return _dropped("too long", example, transform, detail)
    source = {**example.source, "difficulty": "disguised", **_made_of(example, transform)}
    changed: dict[str, Any] = {name: disguised}
    return replace(example, **changed, origin="augmented", source=source)


def _dropped(reason: str, example: Example, transform: Transform, detail: str = "") -> Dropped:
    # Without the example: the original stays, only a sibling of it is lost.
    return Dropped(reason, _STAGE, detail, source=_made_of(example, transform))


def _made_of(example: Example, transform: Transform) -> dict[str, str]:
    return {"transform": transform.name, "family": transform.family, "of": example.id}
