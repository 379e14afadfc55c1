"""The scripted generator: its file, its mistakes, and which line answers which request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.constitution import Constitution
from gatewright.errors import InputError
from gatewright.training.generators import Generator, Journal, open_generator
from gatewright.training.slots import Slot
from gatewright.training.synthesis import synthesize


@pytest.mark.parametrize(
    "line",
    [
        {"fault": "unheard of"},
        {"fault": "none", "reply": "x"},
        {},
        {"reply": 3},
        {"every": 0, "fault": "none"},
        {"rule": "a", "fault": "none"},
        [],
    ],
)
def test_a_mistake_in_a_script_is_named(script: Callable[..., Generator], line: object) -> None:
    with pytest.raises(InputError, match=r"script\.jsonl:2"):
        script({"fault": "none"}, line)


def test_a_script_is_needed(constitution: Constitution) -> None:
    for spec in ("scripted", "scripted:/no/such/file"):
        with pytest.raises(InputError):
            open_generator(spec, constitution=constitution, policy=Path("p.md"), seed=0)


def test_script_lines_choose_their_requests(
    script: Callable[..., Generator],
    constitution: Constitution,
    journal: Journal,
    slots: list[Slot],
) -> None:
    generator = script(
        {"slot": slots[3].id, "fault": "empty"},
        {"clause": "contents/size", "difficulty": "plain", "reply": "[]"},
        {"verdict": "restricted", "fault": "none"},
    )
    result = synthesize(constitution, generator, slots=slots, journal=journal)
    restricted = [slot for slot in slots if slot.verdict == "restricted"]
    sized = [s for s in slots if (s.clause, s.difficulty) == ("contents/size", "plain")]
    answered = {answer.asked.id for answer in result.answers}
    assert answered == {slot.id for slot in [*restricted, *sized, slots[3]]}
