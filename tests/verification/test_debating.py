"""The debate: blind first, then with an advocate; unanimity or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gatewright.constitution import Constitution
from gatewright.training.examples import Example
from gatewright.training.verification import debate

from .conftest import Item, Panel, Says, example, right, shown, wrong

Make = Callable[[Says], Panel]


def test_where_the_judges_agree_with_the_label_nobody_else_is_asked(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(right)
    outcomes = debate(constitution, examples, asking=asked)
    assert {each.result for each in outcomes.values()} == {"upheld"}
    assert set(asked.asked) == {"judge-recall", "judge-precision"}


def test_a_label_both_find_wrong_is_turned_round_only_after_the_advocate(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(wrong)
    outcomes = debate(constitution, examples, asking=asked)
    assert {(each.result, each.rounds) for each in outcomes.values()} == {("turned round", 2)}
    assert "advocate" in asked.asked
    assert all(each.advocate for each in outcomes.values())


def test_the_advocate_can_convince(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    def says(role: str, item: Item) -> dict[str, Any]:
        return right(role, item) if role != "judge-recall" or "case" in item else wrong(role, item)

    outcomes = debate(constitution, examples, asking=panel(says))
    assert {(each.result, each.rounds) for each in outcomes.values()} == {("upheld", 2)}


def test_without_unanimity_a_label_is_disputed(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    def says(role: str, item: Item) -> dict[str, Any]:
        return wrong(role, item) if role == "judge-precision" else right(role, item)

    asked = panel(says)
    outcomes = debate(constitution, examples, asking=asked, rounds=3)
    assert {(each.result, each.rounds) for each in outcomes.values()} == {("disputed", 3)}
    rounds = {each.id.split("/")[1] for each in asked.requests}
    assert rounds == {"1", "2", "3"}


def test_judges_hear_the_case_but_not_who_wrote_the_label_down(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(wrong)
    debate(constitution, examples[:4], asking=asked)
    second = [each for each in asked.requests if "/2/" in each.id]
    items = [item for each in second if each.role != "advocate" for item in shown(each)]
    assert {frozenset(item) for item in items} == {
        frozenset(["item", "prompt", "response", "case"])
    }


def test_unanswered_examples_wait(constitution: Constitution, examples: list[Example]) -> None:
    outcomes = debate(constitution, examples, asking=lambda role: lambda requests: {})
    assert {each.result for each in outcomes.values()} == {"waiting"}


def test_void_verdicts_are_no_agreement(constitution: Constitution, panel: Make) -> None:
    def says(role: str, item: Item) -> dict[str, Any]:
        said = right(role, item)
        return {**said, "quote": "nowhere"} if role == "judge-recall" else said

    one = example(0, restricted=True)
    assert debate(constitution, [one], asking=panel(says))[one.id].result == "void"


def test_critiques_are_sampled_and_the_dial_decides(
    constitution: Constitution, panel: Make
) -> None:
    # of three critiques of the recall judge, the second alone objects
    seen: dict[str, int] = {}

    def says(role: str, item: Item) -> dict[str, Any]:
        seen[role] = seen.get(role, 0) + 1
        return (
            wrong(role, item) if role == "judge-recall" and seen[role] == 2 else right(role, item)
        )

    one = example(1, restricted=False)
    lenient = debate(constitution, [one], asking=panel(says), samples=3)
    assert lenient[one.id].result == "upheld"
    assert seen == {"judge-recall": 3, "judge-precision": 3}
    strict = debate(constitution, [one], asking=panel(says), samples=3, strictness=1.01, rounds=1)
    assert strict[one.id].result == "disputed"
    assert seen == {"judge-recall": 3, "judge-precision": 3}  # the dial asks nothing anew
