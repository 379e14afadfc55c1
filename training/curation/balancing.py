"""Bounding how much one clause or one verdict outweighs the others.

Takes examples and a seed. Only ever removes: nothing is repeated or made up. Knows nothing about
splits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import floor
from typing import NamedTuple

from gatewright.artefacts import digest
from gatewright.errors import InputError
from gatewright.training.examples import Dropped, Example, Sifted

__all__ = ["balance"]


class _Cell(NamedTuple):
    """Examples that are counted together: of one clause or one rule, and of one verdict."""

    of: str
    restricted: bool


def balance(
    examples: Sequence[Example],
    *,
    seed: int,
    ratio: float = 2.0,
    least: int = 50,
    clause_cap: int | None = None,
) -> Sifted:
    """Drop the surplus of over-full clauses, then of each rule's larger verdict.

    An example counts for the rule it was written for. What is dropped depends on the seed and the
    examples, not on their order; whole groups go first, and those that lie within the surplus go
    before those that would be torn, like boundary pairs. The reason is `surplus`.

    Args:
        ratio: within a rule, the larger verdict may be this many times the smaller one. A rule
            that has one verdict only is left alone: there is nothing to balance it against.
        least: a rule's verdict is never cut below this many examples; so few are worth more than
            their balance.
        clause_cap: the most examples of one clause and verdict; None for no limit.

    Raises:
        InputError: an option is out of range.
    """
    _check(ratio, least, clause_cap)

    def by_clause(counts: Counter[_Cell], cell: _Cell) -> int:
        return counts[cell] if clause_cap is None else clause_cap

    def by_rule(counts: Counter[_Cell], cell: _Cell) -> int:
        other = counts[_Cell(cell.of, not cell.restricted)]
        return max(least, floor(ratio * other)) if other else counts[cell]

    capped = _cut(examples, lambda each: each.clause, by_clause, seed)
    evened = _cut(capped.kept, lambda each: each.clause.partition("/")[0], by_rule, seed)
    return Sifted(evened.kept, capped.dropped + evened.dropped)


def _cut(
    examples: Sequence[Example],
    of: Callable[[Example], str],
    limit: Callable[[Counter[_Cell], _Cell], int],
    seed: int,
) -> Sifted:
    """Bring every cell down to its limit."""
    cells: dict[_Cell, list[int]] = {}
    for at, example in enumerate(examples):
        cells.setdefault(_Cell(of(example), example.restricted), []).append(at)
    counts = Counter({cell: len(members) for cell, members in cells.items()})
    surplus: dict[int, str] = {}
    for cell, members in cells.items():
        most = limit(counts, cell)
        verdict = "restricted" if cell.restricted else "permitted"
        detail = f"{cell.of} has {len(members)} {verdict} examples, the limit is {most}"
        surplus |= dict.fromkeys(_excess(examples, members, len(members) - most, seed), detail)
    kept = [example for at, example in enumerate(examples) if at not in surplus]
    dropped = [Dropped("surplus", "curation", surplus[at], examples[at]) for at in sorted(surplus)]
    return Sifted(kept, dropped)


def _excess(examples: Sequence[Example], members: list[int], excess: int, seed: int) -> list[int]:
    """Which `excess` of `members` go: groups that fit in whole, then what is needed of the rest."""
    if excess <= 0:
        return []
    sizes = Counter(example.group for example in examples)
    groups: dict[str, list[int]] = {}
    for at in sorted(members, key=lambda at: examples[at].id):
        groups.setdefault(examples[at].group, []).append(at)
    torn = {group: len(inside) < sizes[group] for group, inside in groups.items()}
    order = sorted(groups, key=lambda group: (torn[group], digest([seed, group])))
    whole, rest = list[int](), list[int]()
    for group in order:
        fits = len(whole) + len(groups[group]) <= excess
        (whole if fits else rest).extend(groups[group])
    return whole + rest[: excess - len(whole)]


def _check(ratio: float, least: int, clause_cap: int | None) -> None:
    if not ratio >= 1:
        raise InputError(f"a ratio of {ratio} is below 1; 2 lets one verdict be twice the other")
    if least < 0:
        raise InputError(f"at least {least} examples makes no sense; give 0 for no lower limit")
    if clause_cap is not None and clause_cap < 1:
        raise InputError(f"a limit of {clause_cap} examples per clause keeps none; give 1 or more")
