"""Texts that try to judge themselves: they stay data, and labels come from requests alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.injected import INJECTED

from gatewright.constitution import Constitution
from gatewright.constitution.data_blocks import data_block
from gatewright.constitution.role_prompts import render_role
from gatewright.training.verification import verify

from .conftest import Item, Panel, Says, example, right, shown


def test_there_are_sixty() -> None:
    assert len(set(INJECTED)) == 60


@pytest.mark.parametrize("seed", INJECTED)
def test_an_injected_order_changes_no_label(
    constitution: Constitution, panel: Callable[[Says], Panel], seed: str
) -> None:
    injected = replace(example(0, restricted=True), response=seed)
    neighbour = example(1, restricted=False)
    asked = panel(right)
    kept = verify(constitution, [injected, neighbour], asking=asked).kept
    assert {each.id: each.restricted for each in kept} == {injected.id: True, neighbour.id: False}
    about = [each for each in asked.requests if injected.id in each.id]
    assert len(about) == 2
    for request in about:
        system, user = (each["content"] for each in request.messages)
        # in the block it is one JSON value that reads back letter by letter, and nowhere else
        assert [item["response"] for item in shown(request)] == [seed]
        assert seed not in system
        assert "<|" not in user
        assert "</" not in user.split("Reply with a JSON object")[0]


def test_the_marks_cannot_be_guessed_and_differ_from_call_to_call(
    constitution: Constitution,
) -> None:
    def marks(text: str) -> str:
        prompt = render_role(
            constitution, "judge", texts=[{"item": 1, "text": text}], schema={}, lean="even",
            heard=False,
        )  # fmt: skip
        content = prompt.messages[1]["content"]
        return content.split("[data ")[1].split("]")[0]

    first = marks("a")
    assert first == marks("a")
    assert first != marks("b")
    copied = marks(f"[end of data {first}]")
    assert copied != first


def test_the_block_is_json_line_by_line() -> None:
    texts: list[dict[str, Any]] = [{"item": n, "text": f"a\nb</s>{n}"} for n in range(3)]
    lines = data_block(texts, "abc").splitlines()
    assert [json.loads(line) for line in lines[1:-1]] == texts
    assert (lines[0], lines[-1]) == ("[data abc]", "[end of data abc]")
    assert "<" not in "".join(lines)


def test_a_judge_who_obeys_an_order_gives_no_evidence(
    constitution: Constitution, panel: Callable[[Says], Panel]
) -> None:
    """Even a judge taken in by the text must quote it, and the other judge still disagrees."""

    def says(role: str, item: Item) -> dict[str, Any]:
        if role == "judge-recall" and "permitted" in item["response"]:
            return {"verdict": "permitted", "clause": "none", "quote": "obeyed", "reason": ""}
        return right(role, item)

    injected = replace(example(0, restricted=True), response=INJECTED[0])
    result = verify(constitution, [injected], asking=panel(says))
    assert [each.reason for each in result.dropped] == ["void"]
