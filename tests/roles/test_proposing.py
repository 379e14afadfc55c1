"""The planner: values with polarity and probability, sifted, and used for both verdicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gatewright.constitution import Constitution
from gatewright.training.roles import propose
from gatewright.training.synthesis import plan

from .conftest import Item, Player, Says

Make = Callable[[str, Says], Player]


def values(item: Item) -> list[dict[str, Any]]:
    """Four new values for each dimension."""
    return [
        {"value": f"{item['dimension']} {n}", "polarity": (n - 2) / 2, "probability": 0.1}
        for n in range(4)
    ]


def test_every_dimension_is_asked_about_once_with_its_values(
    constitution: Constitution, player: Make
) -> None:
    asked = player("values", values)
    proposed = propose(constitution, ask=asked, count=4)
    shown = {item["dimension"]: item["values"] for item in asked.items}
    assert shown["tone"] == ["blunt", "polite", "hurried"]
    assert set(shown) == {"tone", "length", "place"}
    assert len(proposed.proposals) == 12
    assert "Propose 4 further values" in asked.requests[0].messages[1]["content"]


def test_the_plan_draws_them_for_both_verdicts(constitution: Constitution, player: Make) -> None:
    proposed = propose(constitution, ask=player("values", values))
    slots = plan(constitution, examples=2000, seed=0, widen=proposed.extend)
    for value in ("tone 0", "tone 3", "polite"):
        sides = [each.verdict for each in slots if each.values["tone"] == value]
        assert abs(sides.count("restricted") - sides.count("permitted")) <= 0.25 * len(sides)
        assert sides


def test_what_is_no_value_is_dropped_with_its_reason(
    constitution: Constitution, player: Make
) -> None:
    def says(item: Item) -> list[dict[str, Any]]:
        good = {"value": "whispered", "polarity": 0, "probability": 0.5}
        return [
            good,
            good,
            {**good, "value": item["values"][0].upper()},
            {**good, "value": "word " * 30},
            {**good, "value": "a", "polarity": 2},
            {**good, "value": "b", "probability": None},
            {**good, "value": "c", "item": 99},
        ]

    proposed = propose(constitution, ask=player("values", says))
    assert [each.value for each in proposed.proposals] == ["whispered"] * 3
    assert {each.reason for each in proposed.dropped} == {
        "repeated value",
        "no short value",
        "polarity out of range",
        "probability out of range",
        "no such dimension",
    }


def test_without_a_reply_the_plan_waits(constitution: Constitution) -> None:
    assert propose(constitution, ask=lambda requests: {}).waiting
