"""The pipeline from plan to examples, with everybody in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gatewright.constitution import Constitution
from gatewright.errors import InputError, UpstreamError
from gatewright.training.generators import Ask, Journal
from gatewright.training.generators.scripted import Scripted, sound_reply
from gatewright.training.roles import cast_list
from gatewright.training.synthesis import synthesize_with_roles

from .conftest import Player, Says
from .test_proposing import values
from .test_reformatting import louder

Make = Callable[[str, Says], Player]


@pytest.fixture
def writer(constitution: Constitution) -> Scripted:
    return Scripted(lambda request, _: json.dumps(sound_reply(request, constitution.fields)))


def test_everybody_plays_and_the_source_says_who(
    constitution: Constitution, writer: Scripted, journal: Journal, player: Make
) -> None:
    players: dict[str, Ask] = {
        "planner": player("values", values),
        "answerer": player("responses", lambda item: {"response": f"re: {item['prompt']}"}),
        "reformatter": player("texts", louder),
    }
    result = synthesize_with_roles(
        constitution,
        writer,
        roles=players,
        asking=players.__getitem__,
        examples=120,
        seed=0,
        journal=journal,
    )
    ways = {tuple(step["role"] for step in each.source.get("roles", ())) for each in result.kept}
    assert ways == {(), ("answerer",), ("reformatter",), ("answerer", "reformatter")}
    assert any(each.source["values"]["tone"].startswith("tone ") for each in result.kept)
    before = len(writer.asked)
    again = synthesize_with_roles(
        constitution, writer, roles=players, asking=players.__getitem__, examples=120, seed=0,
        journal=journal,
    )  # fmt: skip
    assert again.kept == result.kept
    assert len(writer.asked) == before


def test_an_unanswered_role_stops_the_run_and_can_be_resumed(
    constitution: Constitution, writer: Scripted, journal: Journal
) -> None:
    for role in ("planner", "answerer", "reformatter"):
        with pytest.raises(UpstreamError, match="the same command asks"):
            synthesize_with_roles(
                constitution, writer, roles=[role], asking=lambda role: lambda requests: {},
                examples=60, seed=0, journal=journal,
            )  # fmt: skip


def test_a_cast_is_read_from_what_was_typed() -> None:
    assert cast_list("") == {}
    assert cast_list("planner, answerer=openai:A@http://x/v1") == {
        "planner": None,
        "answerer": "openai:A@http://x/v1",
    }
    with pytest.raises(InputError, match="no role 'poet'"):
        cast_list("planner,poet")
