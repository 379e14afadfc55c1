"""Known mistakes: made, checked, and used to measure who should find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gatewright.constitution import Constitution
from gatewright.training.examples import Example
from gatewright.training.verification import (
    GRADER,
    Tampered,
    critic_report,
    judge_all,
    measure_critics,
    tamper,
    tamper_detector,
)

from .conftest import Item, Panel, Says, example, right, shown

Make = Callable[[Says], Panel]
SAID = "Parcel {} holds a laptop, says everybody on shift {}."


def tampering(role: str, item: Item) -> dict[str, Any]:
    """A sound tamperer, and a judge who reads."""
    if role != "tamperer":
        return right(role, item)
    old, new = ("laptop", "heavy") if item["verdict"] == "permitted" else ("heavy", "laptop")
    span = f"{new} indeed"
    return {
        "prompt": item["prompt"],
        "response": item["response"].replace(old, span),
        "span": span,
    }


def test_verdicts_turn_round_and_the_span_is_known(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    result = tamper(constitution, examples, ask=panel(tampering)(""))
    assert len(result.done) == len(examples)
    assert not result.failed
    assert not result.waiting
    for each in result.done:
        assert each.example.restricted != each.original.restricted
        assert each.span in str(each.example.response)
        assert each.example.group == each.original.group
        assert each.example.origin == "augmented"
        assert each.example.source["tampered"] == each.original.id
        verdict = constitution.clause(each.example.clause).verdict
        assert verdict == "restricted"  # the clause that was put in, or that was taken out


def test_the_clause_put_in_is_shown_to_the_tamperer(
    constitution: Constitution, panel: Make
) -> None:
    asked = panel(tampering)
    tamper(constitution, [example(1, restricted=False)], ask=asked(""))
    ((item,),) = (shown(each) for each in asked.requests)
    clauses = {each.text for each in constitution.rule("contents").restricted}
    assert item["verdict"] == "restricted"
    assert item["clause"] in clauses


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"response": "Parcel 1 is heavy, I think."}, "nothing changed"),
        ({"span": "not in it"}, "span not in the text"),
        ({"span": "Parcel 1 is"}, "span not new"),
        ({"response": ""}, "missing field"),
        ({"span": 3}, "span not in the text"),
    ],
)
def test_tampering_that_cannot_be_used_has_failed(
    constitution: Constitution, panel: Make, change: dict[str, Any], reason: str
) -> None:
    def says(role: str, item: Item) -> dict[str, Any]:
        return {**tampering(role, item), **change}

    result = tamper(constitution, [example(1, restricted=False)], ask=panel(says)(""))
    assert [each.reason for each in result.failed] == [reason]
    assert not result.done


def report(
    constitution: Constitution, examples: list[Example], panel: Make, judge: Says
) -> dict[str, Any]:
    def says(role: str, item: Item) -> Any:
        return tampering(role, item) if role == "tamperer" else judge(role, item)

    asked = panel(says)("")
    done = tamper(constitution, examples, ask=asked).done
    both = [each for pair in done for each in (pair.example, pair.original)]
    return critic_report(done, judge_all(constitution, both, GRADER, ask=asked))


def test_a_critic_who_reads_finds_all_and_accuses_nobody(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    found = report(constitution, examples, panel, right)
    assert (found["recall"]["k"], found["recall"]["n"]) == (20, 20)
    assert found["recall"]["low"] > 0.8
    assert set(found["recall"]["by clause"]) <= {"contents/reveal", "contents/worth"}
    assert found["false alarms"]["rate"] == 0
    assert found["repaired but accused"]["rate"] == 0


def test_a_critic_who_accuses_everybody_is_shown_for_it(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    def accuses(role: str, item: Item) -> dict[str, Any]:
        return {
            "verdict": "restricted",
            "clause": "contents/reveal",
            "quote": item["response"].split(" is ")[0],
            "reason": "",
        }

    found = report(constitution, examples, panel, accuses)
    assert found["recall"]["rate"] == 0  # restricted, but for words that were there before
    assert found["found elsewhere"]["rate"] == 1
    assert found["false alarms"]["rate"] == 1
    assert found["repaired but accused"]["rate"] == 1


def copies(mark: str) -> list[Tampered]:
    """Thirty, whose words differ from written ones by the mark alone."""
    found = []
    for n in range(30):
        original = example(2 * n + 101, restricted=False)
        text = f"{mark} {SAID.format(n, n % 7)}"
        copy = example(2 * n + 100, restricted=True, text=text)
        found.append(Tampered(copy, original, "laptop"))
    return found


def test_the_detector_is_near_chance_where_tampering_leaves_no_mark() -> None:
    written = [
        example(
            n, restricted=True, text=f"Parcel {n} holds a laptop, says everybody on shift {n % 7}."
        )
        for n in range(1000, 1030)
    ]
    unmarked = tamper_detector(copies(""), written)
    marked = tamper_detector(copies("Incidentally,"), written)
    assert unmarked["n"] == marked["n"] == 60
    assert unmarked["auroc"] < 0.75
    assert marked["auroc"] > 0.95
    assert not marked["near chance"]


def test_the_detector_does_not_guess_from_few_texts() -> None:
    assert tamper_detector(copies("")[:3], [])["auroc"] is None


def test_critics_are_measured_on_verified_examples(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(tampering)
    found = measure_critics(constitution, examples, count=20, asking=asked)
    assert found["tampered"] == {"done": 20, "failed": {}, "waiting": 0}
    assert set(found["critics"]) == {"judge-recall", "judge-precision"}
    for report_ in found["critics"].values():
        assert (report_["recall"]["k"], report_["recall"]["n"]) == (10, 10)
        assert report_["false alarms"]["k"] == 0
    waiting = measure_critics(
        constitution, examples, count=20, asking=lambda role: lambda requests: {}
    )
    assert waiting["tampered"]["waiting"] == 20
    assert set(waiting["critics"].values()) == {None}
