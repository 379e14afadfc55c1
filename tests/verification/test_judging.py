"""Judges: what they see, and which of their verdicts count."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gatewright.constitution import Constitution
from gatewright.training.examples import Example
from gatewright.training.generators import AskGenerator, Journal
from gatewright.training.generators.scripted import Scripted
from gatewright.training.verification import GRADER, JUDGES, judge_all

from .conftest import Item, Panel, Says, example, right, shown

Make = Callable[[Says], Panel]


def test_a_judge_sees_the_texts_and_nothing_of_the_label(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(right)
    for judge in (*JUDGES, GRADER):
        judge_all(constitution, examples, judge, ask=asked(judge.role))
    items = [item for request in asked.requests for item in shown(request)]
    assert len(items) == 3 * len(examples)
    assert all(set(item) == {"item", "prompt", "response"} for item in items)


def test_every_text_is_judged_once_and_alone(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(right)
    first = judge_all(constitution, examples, GRADER, ask=asked(""))
    again = judge_all(constitution, examples[::-1], GRADER, ask=asked(""))
    assert first == again
    assert {name: each.verdict for name, each in first.items()} == {
        each.id: "restricted" if each.restricted else "permitted" for each in examples
    }
    assert len(asked.requests) == len(examples)  # nothing is asked twice


def test_the_leanings_differ_in_words_only(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(right)
    for judge in JUDGES:
        judge_all(constitution, examples[:1], judge, ask=asked(""))
    recall, precision = (each.messages[1]["content"] for each in asked.requests)
    assert "overlooks nothing" in recall
    assert "accuses nobody wrongly" in precision
    assert asked.requests[0].messages[0] == asked.requests[1].messages[0]


VOID = {
    "quote not in the text": {"quote": "a camera"},
    "no verdict": {"verdict": "perhaps"},
    "no such restricted clause": {"clause": "contents/size"},
}


@pytest.mark.parametrize("reason", VOID)
def test_a_verdict_without_ground_is_void(
    constitution: Constitution, panel: Make, reason: str
) -> None:
    def says(role: str, item: Item) -> dict[str, Any]:
        return {**right(role, item), **VOID[reason]}

    one = example(0, restricted=True)
    (judgement,) = judge_all(constitution, [one], GRADER, ask=panel(says)("")).values()
    assert judgement.verdict is None
    assert judgement.reason == reason


def test_what_is_left_out_is_void_and_the_rest_counts(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    def says(role: str, item: Item) -> dict[str, Any] | None:
        return None if "parcel 3?" in item["prompt"] else right(role, item)

    found = judge_all(constitution, examples, GRADER, ask=panel(says)(""))
    assert [each.reason for each in found.values() if each.verdict is None] == ["left out"]
    assert len(found) == len(examples)


def test_two_verdicts_on_one_text_are_void(constitution: Constitution, journal: Journal) -> None:
    one = example(0, restricted=True)
    twice = json.dumps({"verdicts": [{"item": 1, **right("", one.fields)}] * 2})
    ask = AskGenerator(Scripted(lambda request, _: twice), journal)
    (judgement,) = judge_all(constitution, [one], GRADER, ask=ask).values()
    assert judgement.reason == "answered twice"


def test_a_part_of_the_examples_asks_nothing_anew(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(right)
    everything = judge_all(constitution, examples, GRADER, ask=asked(""))
    some = judge_all(constitution, examples[5:9], GRADER, ask=asked(""))
    assert some == {each.id: everything[each.id] for each in examples[5:9]}
    assert len(asked.requests) == len(examples)


def test_a_permitted_text_needs_no_clause(constitution: Constitution, panel: Make) -> None:
    def says(role: str, item: Item) -> dict[str, Any]:
        return {**right(role, item), "clause": "none"}

    one = example(1, restricted=False)
    (judgement,) = judge_all(constitution, [one], GRADER, ask=panel(says)("")).values()
    assert (judgement.verdict, judgement.clause) == ("permitted", None)
