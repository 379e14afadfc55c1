"""Surplus goes, by seed and not by order, whole groups first, and never too much of it."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import InputError
from gatewright.training.curation import balance
from gatewright.training.examples import Example


def cells(examples: list[Example]) -> Counter[tuple[str, bool]]:
    return Counter((each.clause, each.restricted) for each in examples)


def many(make: Any, number: int, *, clause: str = "r/c", restricted: bool = False) -> list[Example]:
    return [
        make(f"{clause} {restricted} {at}", clause=clause, restricted=restricted)
        for at in range(number)
    ]


def test_the_larger_verdict_is_cut_to_the_ratio(make: Any) -> None:
    examples = many(make, 300) + many(make, 60, restricted=True)
    kept, dropped = balance(examples, seed=0)
    assert cells(kept) == {("r/c", False): 120, ("r/c", True): 60}
    assert {each.reason for each in dropped} == {"surplus"}
    assert "300 permitted" in dropped[0].detail


def test_each_rule_is_balanced_by_itself(make: Any) -> None:
    examples = [
        *many(make, 90, clause="a/x"),
        *many(make, 30, clause="a/y", restricted=True),
        *many(make, 90, clause="b/x"),
        *many(make, 90, clause="b/y", restricted=True),
    ]
    assert cells(balance(examples, seed=0, least=0).kept) == {
        ("a/x", False): 60,
        ("a/y", True): 30,
        ("b/x", False): 90,
        ("b/y", True): 90,
    }


def test_few_examples_are_worth_more_than_their_balance(make: Any) -> None:
    examples = many(make, 70) + many(make, 2, restricted=True)
    assert cells(balance(examples, seed=0).kept)["r/c", False] == 50


def test_a_rule_with_one_verdict_is_left_alone(make: Any) -> None:
    examples = many(make, 200)
    assert balance(examples, seed=0).kept == examples


def test_a_full_clause_is_capped(make: Any) -> None:
    examples = many(make, 30, clause="r/a") + many(make, 12, clause="r/b")
    kept, dropped = balance(examples, seed=0, clause_cap=10)
    assert cells(kept) == {("r/a", False): 10, ("r/b", False): 10}
    assert len(dropped) == 22


def test_pairs_are_torn_last(make: Any) -> None:
    pairs = [
        make(f"pair {number} {verdict}", clause="r/c", restricted=verdict, group=f"pair {number}")
        for number in range(20)
        for verdict in (True, False)
    ]
    kept, dropped = balance(pairs + many(make, 40), seed=0, least=0)
    assert len(dropped) == 20
    assert all(each in kept for each in pairs)


def test_whole_groups_go_where_they_fit(make: Any) -> None:
    siblings = [
        make(f"{group} {at}", clause="r/c", group=f"g{group}")
        for group in range(10)
        for at in range(3)
    ]
    kept, dropped = balance(siblings + many(make, 10, restricted=True), seed=0, least=0, ratio=2.0)
    left = Counter(each.group for each in kept if not each.restricted)
    assert len(dropped) == 10
    assert sorted(left.values()) == [2] + [3] * 6


def test_the_choice_depends_on_the_seed_and_not_on_the_order(make: Any) -> None:
    examples = many(make, 100) + many(make, 10, restricted=True)
    shuffled = random.Random(1).sample(examples, len(examples))
    chosen = {each.id for each in balance(examples, seed=0, least=0).kept}
    assert {each.id for each in balance(shuffled, seed=0, least=0).kept} == chosen
    assert {each.id for each in balance(examples, seed=1, least=0).kept} != chosen


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 12)), max_size=60),
    st.integers(1, 3),
    st.integers(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_and_the_ratio_holds(
    drawn: list[tuple[int, bool, int]], ratio: int, least: int
) -> None:
    examples = [
        Example(
            verdicts={f"r{rule}": int(restricted)},
            clause=f"r{rule}/c",
            group=str(group),
            text=f"text {at}",
        )
        for at, (rule, restricted, group) in enumerate(drawn)
    ]
    kept, dropped = balance(examples, seed=0, ratio=ratio, least=least)
    gone = [each.example.id for each in dropped if each.example]
    assert sorted([*(each.id for each in kept), *gone]) == sorted(each.id for each in examples)
    counts = cells(kept)
    for (clause, restricted), count in counts.items():
        if other := counts[clause, not restricted]:
            assert count <= max(least, ratio * other)


@pytest.mark.parametrize(
    "wrong", [{"ratio": 0.5}, {"ratio": float("nan")}, {"least": -1}, {"clause_cap": 0}]
)
def test_senseless_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        balance([], seed=0, **wrong)
