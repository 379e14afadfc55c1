"""The plan: the same each time, growing at its ends, and even in every direction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from gatewright.constitution import Constitution, parse
from gatewright.errors import InputError
from gatewright.training.slots import DIFFICULTIES, Slot
from gatewright.training.synthesis import plan


def totals(slots: Iterable[Slot]) -> Counter[str]:
    """Examples asked for, by verdict."""
    counts: Counter[str] = Counter()
    for slot in slots:
        if slot.difficulty == "boundary":
            counts.update({"restricted": slot.count, "permitted": slot.count})
        else:
            counts[slot.verdict] += slot.count
    return counts


def test_the_same_seed_gives_the_same_plan(constitution: Constitution) -> None:
    first = plan(constitution, examples=200, seed=7)
    assert first == plan(constitution, examples=200, seed=7)
    assert first != plan(constitution, examples=200, seed=8)


def test_no_two_slots_share_an_id(constitution: Constitution) -> None:
    ids = [slot.id for slot in plan(constitution, examples=2000, seed=0)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("smaller", "larger"), list(pairwise([1, 10, 60, 61, 250, 1000])))
def test_a_larger_plan_begins_with_the_smaller_one(
    constitution: Constitution, smaller: int, larger: int
) -> None:
    def by_clause(examples: int) -> dict[tuple[str, str], list[str]]:
        ids: dict[tuple[str, str], list[str]] = defaultdict(list)
        for slot in plan(constitution, examples=examples, seed=0):
            ids[slot.clause, slot.difficulty].append(slot.id)
        return ids

    grown = by_clause(larger)
    for key, ids in by_clause(smaller).items():
        assert grown[key][: len(ids)] == ids


@pytest.mark.parametrize("examples", [30, 100, 600, 1301])
def test_both_verdicts_are_asked_for_equally(constitution: Constitution, examples: int) -> None:
    asked = totals(plan(constitution, examples=examples, seed=0))
    assert asked["restricted"] == asked["permitted"]
    assert examples <= asked.total() <= examples + 30


def test_clauses_of_a_verdict_differ_by_at_most_one_slot(constitution: Constitution) -> None:
    slots = plan(constitution, examples=500, seed=0)
    verdicts = {clause.id: clause.verdict for clause in constitution.clauses}
    for difficulty in DIFFICULTIES:
        counts = Counter(slot.clause for slot in slots if slot.difficulty == difficulty)
        groups = [set(verdicts)] if difficulty == "boundary" else []
        groups = groups or [
            {each for each in verdicts if verdicts[each] == side}
            for side in ("restricted", "permitted")
        ]
        for group in groups:
            assert max(counts[each] for each in group) - min(counts[each] for each in group) <= 1


def test_a_slot_has_the_verdict_of_its_clause(constitution: Constitution) -> None:
    for slot in plan(constitution, examples=200, seed=0):
        assert slot.verdict == constitution.clause(slot.clause).verdict


def test_the_mix_is_kept(constitution: Constitution) -> None:
    slots = plan(constitution, examples=1200, seed=0, mix={"plain": 1, "boundary": 2})
    asked: Counter[str] = Counter()
    for slot in slots:
        asked[slot.difficulty] += slot.examples
    assert asked == {"plain": 402, "boundary": 800}


def test_no_value_can_tell_the_verdicts_apart(constitution: Constitution) -> None:
    slots = [
        each for each in plan(constitution, examples=4000, seed=0) if each.difficulty != "boundary"
    ]
    for name, values in (
        ("tone", constitution.dimensions[0].values),
        ("length", constitution.dimensions[1].values),
    ):
        counts = {
            side: Counter(each.values[name] for each in slots if each.verdict == side)
            for side in ("restricted", "permitted")
        }
        share = sum(counts["restricted"].values()) / len(values)
        for value in values:
            assert abs(counts["restricted"][value] - counts["permitted"][value]) <= 0.1 * share
            assert abs(counts["restricted"][value] - share) <= 0.1 * share


def test_a_clause_meets_every_value_before_any_value_again(constitution: Constitution) -> None:
    slots = plan(constitution, examples=1000, seed=3)
    mine = [s for s in slots if s.clause == "contents/size" and s.difficulty == "subtle"]
    for start in range(0, len(mine) - 3, 4):
        assert {s.values["place"] for s in mine[start : start + 4]} == {
            "street",
            "depot",
            "van",
            "doorstep",
        }


def test_dimensions_are_not_locked_together(constitution: Constitution) -> None:
    slots = plan(constitution, examples=600, seed=0)
    for clause in constitution.clauses:
        pairs = {(s.values["tone"], s.values["length"]) for s in slots if s.clause == clause.id}
        assert len(pairs) > 6  # of 9; locked together they would be 3


def test_an_edit_in_one_rule_moves_no_slot_of_another(
    policy: Callable[[str], str],
) -> None:
    before = parse(policy("prompt"))
    after = parse(policy("prompt") + "- {#new} Praising the weather.\n")

    def contents(constitution: Constitution) -> list[str]:
        slots = plan(constitution, examples=600, seed=0)
        return [s.id for s in slots if s.clause == "contents/size" and s.difficulty == "plain"]

    ids = contents(after)
    assert 2 <= len(ids) < len(contents(before))
    assert contents(before)[: len(ids)] == ids


def test_one_sided_constitution_is_asked_for_in_pairs(constitution: Constitution) -> None:
    rules = tuple(replace(rule, clauses=rule.restricted) for rule in constitution.rules)
    slots = plan(replace(constitution, rules=rules), examples=100, seed=0)
    assert {slot.difficulty for slot in slots} == {"boundary"}
    assert totals(slots) == {"restricted": 50, "permitted": 50}


@pytest.mark.parametrize(
    ("examples", "count", "mix"),
    [(0, 3, {"plain": 1}), (9, 0, {"plain": 1}), (9, 3, {}), (9, 3, {"plain": -1, "subtle": 2})],
)
def test_numbers_out_of_range_are_refused(
    constitution: Constitution, examples: int, count: int, mix: dict[str, float]
) -> None:
    with pytest.raises(InputError):
        plan(constitution, examples=examples, seed=0, count=count, mix=mix)  # type: ignore[arg-type]


def test_a_slot_survives_json(slots: list[Slot]) -> None:
    assert [Slot.from_json(slot.as_json()) for slot in slots] == slots


@pytest.mark.parametrize("key", ["clause", "verdict", "difficulty", "values", "number", "count"])
def test_something_else_is_no_slot(slots: list[Slot], key: str) -> None:
    for damaged in ({**slots[0].as_json(), key: None}, {**slots[0].as_json(), "more": 1}, None):
        with pytest.raises(InputError, match="not a slot"):
            Slot.from_json(damaged)


def test_the_count_is_no_part_of_the_id(slots: list[Slot]) -> None:
    assert Slot.from_json({**slots[0].as_json(), "count": 9}).id == slots[0].id
    assert Slot.from_json({**slots[0].as_json(), "number": 9}).id != slots[0].id


def test_single_clauses_can_be_asked_for_more_often(constitution: Constitution) -> None:
    wanted = {constitution.clauses[0].id, constitution.clauses[-1].id}
    some = plan(constitution, examples=60, seed=0, clauses=wanted)
    every = {slot.id for slot in plan(constitution, examples=5000, seed=0)}
    assert {slot.clause for slot in some} == wanted
    assert {slot.id for slot in some} <= every


def test_an_unknown_clause_is_refused(constitution: Constitution) -> None:
    with pytest.raises(InputError, match="no clause 'no/such'"):
        plan(constitution, examples=60, seed=0, clauses=["no/such"])
