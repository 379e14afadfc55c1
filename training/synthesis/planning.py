"""What to ask for: slots spread evenly over rules, clauses, verdicts and dimension values.

Takes a constitution, a number of examples and a seed; the same three give the same slots. Knows
nothing about prompts, generators or replies.

Uniform draws over dimension, value and label follow BARRED (arXiv 2604.25203); here shuffled
cycles replace draws, so that no value is left out and none can predict the verdict.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from gatewright.artefacts import digest
from gatewright.constitution.prompts import dimensions_for
from gatewright.constitution.records import Clause, Constitution, Dimension, VerdictName
from gatewright.errors import InputError
from gatewright.training.slots import DIFFICULTIES, Difficulty, Slot

__all__ = ["EXAMPLES", "LEAST_SEED_TEXTS", "MIX", "Widen", "plan"]

MIX: Mapping[Difficulty, float] = {
    "plain": 0.45,
    "subtle": 0.05,
    "look-alike": 0.05,
    "disguised": 0.1,
    "boundary": 0.35,
}
"""Share of the examples by difficulty. Pairs teach most: all but the verdict is alike in them."""

EXAMPLES = 600
"""How many examples a plan asks for, unless told."""

LEAST_SEED_TEXTS = 30
"""Lineage groups that examples still split by: into a dozen each to steer by and to certify on."""

Widen = Callable[[Sequence[Dimension]], Sequence[Dimension]]

_PAIRS = 2
"""Pairs in a boundary slot: a generator that writes more of them at once repeats itself."""


def plan(
    constitution: Constitution,
    *,
    examples: int = EXAMPLES,
    seed: int,
    mix: Mapping[Difficulty, float] = MIX,
    count: int = 3,
    clauses: Collection[str] | None = None,
    widen: Widen = lambda dimensions: dimensions,
    seed_texts: Sequence[Mapping[str, str]] = (),
) -> list[Slot]:
    """The slots to ask for, so that at least `examples` examples come back if all are answered.

    Restricted and permitted examples are equal in number, whatever the number of clauses on either
    side; within a verdict and difficulty no two clauses differ by more than one slot. A larger
    `examples` adds slots and keeps the ids of all earlier ones. Any prefix of the list is about
    as balanced as the whole, so a run whose budget ends early is still usable. When one verdict
    has no clause at all, every slot is a boundary slot, since only pairs can supply it.

    Args:
        clauses: ids to ask for, where not all: the slots are those that a larger plan of all
            clauses would have, so what is common in real traffic can be asked for more often.
            Where all are of one verdict, so are the examples, but for the pairs.
        widen: adds values to dimensions, such as those a planner proposed.
        seed_texts: real texts, by field; each slot gets one to be written in the manner of.

    Raises:
        InputError: no clauses, an unknown one, a number or share out of range, or so few seed
            texts that what is written after them could not be split.
    """
    _check(constitution, examples, mix, count, len(seed_texts))
    wanted = [constitution.clause(each) for each in clauses or ()] or constitution.clauses
    sides: list[VerdictName] = ["restricted", "permitted"]
    if {clause.verdict for clause in constitution.clauses} != set(sides):
        mix = {"boundary": 1.0}
    by_side = [_interleaved(constitution, (side,), wanted) for side in sides]
    by_side = [clauses for clauses in by_side if clauses]
    shares = {each: mix.get(each, 0.0) / sum(mix.values()) for each in DIFFICULTIES}
    rows: list[Iterator[tuple[int, Slot]]] = []
    for difficulty in DIFFICULTIES:
        share = examples * shares[difficulty]
        if difficulty == "boundary":
            order = _interleaved(constitution, tuple(sides), wanted)
            rows.append(_slots(constitution, order, difficulty, share / 2, _PAIRS, seed, widen))
            continue
        each = share / len(by_side)
        rows += [
            _slots(constitution, side, difficulty, each, count, seed, widen) for side in by_side
        ]
    slots = [slot for _, slot in sorted((each for row in rows for each in row), key=_round)]
    return [_after(slot, seed_texts, seed) for slot in slots] if seed_texts else slots


def _after(slot: Slot, seed_texts: Sequence[Mapping[str, str]], seed: int) -> Slot:
    drawn = int(digest([seed, slot.id])[:12], 16) % len(seed_texts)
    return replace(slot, seed_text=seed_texts[drawn])


def _check(
    constitution: Constitution,
    examples: int,
    mix: Mapping[Difficulty, float],
    count: int,
    seed_texts: int,
) -> None:
    if not constitution.clauses:
        raise InputError(f"{constitution.name} has no clauses, so there is nothing to ask for")
    if examples < 1 or count < 1:
        raise InputError(f"examples and count must be at least 1, not {examples} and {count}")
    known = set(mix) <= set(DIFFICULTIES)
    if not known or min(mix.values(), default=0) < 0 or sum(mix.values()) <= 0:
        raise InputError(f"mix gives shares of {', '.join(DIFFICULTIES)}, not {dict(mix)}")
    if 0 < seed_texts < LEAST_SEED_TEXTS:
        raise InputError(
            f"{seed_texts} seed texts are too few: what is written after the same one stays "
            f"together when examples are split; give at least {LEAST_SEED_TEXTS}, or none"
        )


def _round(row: tuple[int, Slot]) -> int:
    return row[0]


def _interleaved(
    constitution: Constitution, sides: Sequence[VerdictName], wanted: Collection[Clause]
) -> list[Clause]:
    """The wanted clauses of those verdicts, taking turns between rules and verdicts."""
    columns = [
        [clause for clause in rule.clauses if clause.verdict == side and clause in wanted]
        for rule in constitution.rules
        for side in sides
    ]
    return [clause for row in zip_longest(*columns) for clause in row if clause is not None]


def _slots(
    constitution: Constitution,
    clauses: Sequence[Clause],
    difficulty: Difficulty,
    wanted: float,
    count: int,
    seed: int,
    widen: Widen,
) -> Iterator[tuple[int, Slot]]:
    """Slots with their round: the number of the slot within its clause and difficulty."""
    total = math.ceil(wanted / count - 1e-9)
    for index in range(total):
        clause, number = clauses[index % len(clauses)], index // len(clauses)
        values = _values(constitution, clause, difficulty, number, seed, widen)
        yield number, Slot(clause.id, clause.verdict, difficulty, values, number, count)


def _values(
    constitution: Constitution,
    clause: Clause,
    difficulty: Difficulty,
    number: int,
    seed: int,
    widen: Widen,
) -> dict[str, str]:
    rule = constitution.rule(clause.rule)
    side = rule.restricted if clause.verdict == "restricted" else rule.permitted
    place = [each.id for each in side].index(clause.id)
    return {
        dimension.name: _value(dimension, [seed, rule.id, difficulty], place, number)
        for dimension in widen(dimensions_for(constitution, clause, difficulty))
    }


def _value(dimension: Dimension, key: list[object], place: int, number: int) -> str:
    """The value for slot `number` of the clause at `place` among its rule and verdict.

    A Latin square with reshuffled rows: a clause meets every value once in each cycle, and in each
    round as many neighbouring clauses as there are values meet them once each. The key leaves out
    the verdict, so both verdicts of a rule walk through the same square and no value can tell them
    apart; it leaves out the other rules, so that editing one moves no slot of another.
    """
    size = len(dimension.values)
    cycle, step = divmod(number, size)
    block, row = divmod(place, size)
    key = [*key, dimension.name, cycle]
    order = _shuffled(size, [*key, "order"])
    offset = _shuffled(size, [*key, "offset", block])[row]
    return dimension.values[order[(step + offset) % size]]


def _shuffled(size: int, key: list[object]) -> list[int]:
    order = list(range(size))
    random.Random(digest(key)).shuffle(order)
    return order
