"""The answerer: new responses to the same prompts, never seeing the writer's own."""

from __future__ import annotations

from collections.abc import Callable

from gatewright.constitution import Constitution, parse
from gatewright.training.examples import Example
from gatewright.training.roles import answer

from .conftest import Player, Says

Make = Callable[[str, Says], Player]


def test_responses_are_new_and_everything_else_stays(
    constitution: Constitution, examples: list[Example], player: Make
) -> None:
    asked = player("responses", lambda item: {"response": f"answer to {item['prompt']}"})
    result = answer(constitution, examples, ask=asked)
    assert [each.prompt for each in result.kept] == [each.prompt for each in examples]
    for before, after in zip(examples, result.kept, strict=True):
        if before.source["difficulty"] == "boundary":
            assert after == before
        else:
            assert after.response == f"answer to {before.prompt}"
            assert (after.verdicts, after.group) == (before.verdicts, before.group)
            (step,) = after.source["roles"]
            assert (step["role"], step["model"]) == ("answerer", "player")


def test_the_writers_response_is_not_shown_but_the_wish_is(
    constitution: Constitution, examples: list[Example], player: Make
) -> None:
    asked = player("responses", lambda item: {"response": "r"})
    answer(constitution, examples, ask=asked)
    assert not any("number" in str(item["response"]) for item in asked.items)
    verdicts = {item["prompt"]: item["verdict"] for item in asked.items}
    wanted = {each.prompt: "restricted" if each.restricted else "permitted" for each in examples}
    assert verdicts.items() <= wanted.items()
    assert {item["clause"] for item in asked.items} <= {each.text for each in constitution.clauses}
    assert all(item["properties"] == ["blunt"] for item in asked.items)


def test_what_cannot_be_used_is_dropped_with_its_reason(
    constitution: Constitution, examples: list[Example], player: Make
) -> None:
    asked = player(
        "responses", lambda item: None if item["prompt"].endswith("1?") else {"response": " "}
    )
    result = answer(constitution, examples, ask=asked)
    assert {each.reason for each in result.dropped} == {"left out", "empty response"}
    assert len(result.kept) + len(result.dropped) == len(examples)


def test_nobody_answers_for_a_constitution_of_prompts(
    policy: Callable[[str], str], player: Make
) -> None:
    constitution = parse(policy("prompt"))
    one = Example(verdicts={"contents": 1}, clause="contents/reveal", group="g", prompt="p")
    asked = player("responses", lambda item: {"response": "r"})
    assert answer(constitution, [one], ask=asked).kept == [one]
    assert not asked.requests


def test_without_answers_examples_wait(constitution: Constitution, examples: list[Example]) -> None:
    result = answer(constitution, examples, ask=lambda requests: {})
    assert len(result.waiting) == 40
    assert len(result.kept) == 20
