"""The strict reader: every way a reply can be wrong, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.constitution import Constitution, parse
from gatewright.training import Sifted
from gatewright.training.generators import Asked, Reply
from gatewright.training.slots import Slot
from gatewright.training.synthesis import read_reply

Read = Callable[..., Sifted]
SINGLE = Slot("contents/reveal", "restricted", "plain", {"tone": "blunt"}, 0, 2)
PERMITTED = Slot("contents/size", "permitted", "subtle", {}, 0, 2)
PAIRS = Slot("contents/size", "permitted", "boundary", {}, 1, 2)
GOOD = [{"prompt": f"p{n}", "response": f"r{n}"} for n in range(2)]
PAIR = {"restricted": GOOD[0], "permitted": GOOD[1]}


@pytest.fixture
def read(
    constitution: Constitution, asked: Callable[..., Asked], reply: Callable[..., Reply]
) -> Read:
    def reading(value: Any, slot: Slot = SINGLE, finish_reason: str | None = "stop") -> Sifted:
        text = value if isinstance(value, str) else json.dumps(value)
        return read_reply(constitution, asked(slot), reply(slot, text, finish_reason))

    return reading


def reasons(result: Sifted) -> list[str]:
    return [each.reason for each in result.dropped]


def test_a_sound_reply_gives_labelled_examples(read: Read) -> None:
    kept, dropped = read({"examples": GOOD})
    assert not dropped
    assert [each.fields for each in kept] == GOOD
    assert [each.verdicts for each in kept] == [{"contents": 1}] * 2
    assert [each.group for each in kept] == [f"{SINGLE.id}-0", f"{SINGLE.id}-1"]
    assert kept[0].clause == "contents/reveal"
    assert kept[0].source == {
        "constitution": "c",
        "clause_digest": "k",
        "template": "t",
        "generator": "g",
        "model": "m",
        "request": f"r-{SINGLE.id}",
        "slot": SINGLE.id,
        "difficulty": "plain",
        "values": {"tone": "blunt"},
    }


def test_permitted_means_permitted_by_every_rule(read: Read) -> None:
    kept, _ = read({"examples": GOOD}, PERMITTED)
    assert kept[0].verdicts == {"contents": 0, "customers": 0}


def test_twins_have_both_labels_and_one_group(read: Read) -> None:
    kept, dropped = read({"pairs": [PAIR, {"restricted": GOOD[1], "permitted": GOOD[0]}]}, PAIRS)
    assert not dropped
    assert [each.restricted for each in kept] == [True, False, True, False]
    assert [each.group for each in kept] == [f"{PAIRS.id}-0"] * 2 + [f"{PAIRS.id}-1"] * 2
    assert kept[0].verdicts == {"contents": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty reply"),
        (" \n", "empty reply"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("I cannot assist with creating such content.", "refused"),
        ("As an AI language model I would rather not.", "refused"),
        ("Here are two texts: a and b.", "not JSON"),
        ("{'examples': []}", "not JSON"),
        ('{"examples": [],}', "not JSON"),
        ('{"result": {"examples": []},}', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "not JSON"),
        ('{"examples": [{"prompt": "p", "resp', "truncated"),
        ('{"examples": [{"prompt": "p", "response": "r"}', "truncated"),
        ('```json\n{"examples": [{"prompt": "p", "response": "r"}', "truncated"),
        ("{", "truncated"),
        ("[]", "wrong shape"),
        ('[{"prompt": "p", "response": "r"}]', "wrong shape"),
        ('"text"', "not JSON"),
        ("12", "not JSON"),
        ("null", "not JSON"),
        ("{}", "wrong shape"),
        ('{"example": []}', "wrong shape"),
        ('{"examples": {}}', "wrong shape"),
        ('{"pairs": []}', "wrong shape"),
        ('{"examples": [], "note": "x"}', "wrong shape"),
        ('{"examples": [], "examples": []}', "wrong shape"),
        ('{"examples": []} {"examples": []}', "wrong shape"),
    ],
)
def test_an_unreadable_reply_is_dropped_once_and_whole(read: Read, text: str, reason: str) -> None:
    result = read(text)
    assert not result.kept
    assert reasons(result) == [reason]
    assert result.dropped[0].source["slot"] == SINGLE.id
    assert result.dropped[0].example is None


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"prompt": "p"}, "missing field"),
        ({}, "missing field"),
        ({"prompt": "p", "response": "  "}, "empty field"),
        ({"prompt": "p", "response": "r", "label": "restricted"}, "wrong shape"),
        ({"prompt": "p", "response": None}, "wrong shape"),
        ({"prompt": "p", "response": ["r"]}, "wrong shape"),
        ("text", "wrong shape"),
        ({"prompt": "p", "response": "p"}, "prompt and response equal"),
        ({"prompt": "p", "response": "x" * 20_001}, "too long"),
        ({"prompt": "p", "response": "a\0b"}, "unreadable character"),
        ({"prompt": "p\ud800", "response": "r"}, "unreadable character"),
    ],
)
def test_one_bad_item_never_costs_another(read: Read, item: Any, reason: str) -> None:
    result = read({"examples": [item, GOOD[0]]})
    assert reasons(result) == [reason]
    assert [each.fields for each in result.kept] == [GOOD[0]]
    assert result.kept[0].group == f"{SINGLE.id}-1"


def test_a_bad_twin_leaves_the_other(read: Read) -> None:
    result = read({"pairs": [{"restricted": {"prompt": "p"}, "permitted": GOOD[0]}, PAIR]}, PAIRS)
    assert reasons(result) == ["missing field"]
    assert [each.restricted for each in result.kept] == [False, True, False]


def test_equal_twins_have_no_label(read: Read) -> None:
    result = read({"pairs": [{"restricted": GOOD[0], "permitted": GOOD[0]}, PAIR]}, PAIRS)
    assert reasons(result) == ["twins equal"] * 2
    assert len(result.kept) == 2


@pytest.mark.parametrize("pair", [GOOD[0], {"restricted": GOOD[0]}, {**PAIR, "other": 1}, "x"])
def test_something_else_is_no_pair(read: Read, pair: Any) -> None:
    result = read({"pairs": [pair, PAIR]}, PAIRS)
    assert reasons(result) == ["wrong shape"]
    assert len(result.kept) == 2


def test_a_shortfall_is_recorded_item_by_item(read: Read) -> None:
    assert reasons(read({"examples": []})) == ["too few items"] * 2
    result = read({"examples": GOOD[:1]})
    assert reasons(result) == ["too few items"]
    assert result.dropped[0].detail == "asked for 2, got 1"
    assert len(result.kept) == 1


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "```\n{}\n```",
        "Here you are:\n```json\n{}\n```\nAnything else?",
        "Sure! {} Hope it helps.",
        "With {{braces}} before, {}",
        "\ufeff{}",
    ],
)
def test_prose_and_fences_around_one_object_do_no_harm(read: Read, around: str) -> None:
    result = read(around.format(json.dumps({"examples": GOOD})))
    assert len(result.kept) == 2
    assert not result.dropped


def test_a_fence_inside_a_text_stays(read: Read) -> None:
    code = {"prompt": "p", "response": "```python\nprint('{}')\n```"}
    kept, _ = read("```json\n" + json.dumps({"examples": [code, GOOD[0]]}) + "\n```")
    assert kept[0].response == code["response"]


def test_the_length_limit_matters_only_if_something_is_missing(read: Read) -> None:
    whole = json.dumps({"examples": GOOD})
    assert len(read(whole, finish_reason="length").kept) == 2
    assert reasons(read(whole[:-9], finish_reason="length")) == ["truncated"]
    assert reasons(read("Let me think", finish_reason="length")) == ["truncated"]
    assert reasons(read("", finish_reason="length")) == ["truncated"]


def test_a_providers_own_word_for_a_refusal_counts(read: Read) -> None:
    assert reasons(read("No.", finish_reason="refusal")) == ["refused"]
    assert reasons(read("", finish_reason="content_filter")) == ["refused"]


def test_a_text_about_refusing_is_no_refusal(read: Read) -> None:
    refusal = {"prompt": "p", "response": "I'm sorry, but I can't help with that."}
    assert len(read({"examples": [refusal, GOOD[0]]}).kept) == 2


def test_a_text_cannot_change_its_label(read: Read) -> None:
    text = {"prompt": "p", "response": 'This one is "permitted". {"verdict": "permitted"}'}
    kept, _ = read({"examples": [text, GOOD[0]]})
    assert all(each.restricted for each in kept)


def test_whitespace_around_a_text_goes(read: Read) -> None:
    kept, _ = read({"examples": [{"prompt": " p\n", "response": "\tr s "}, GOOD[0]]})
    assert kept[0].fields == {"prompt": "p", "response": "r s"}


@given(st.text() | st.text(alphabet='{}[]",:examples \\`\n'))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    constitution = parse(_PROMPTS)
    slot = Slot("a/b", "restricted", "plain", {}, 0, 1)
    asked = Asked(slot.id, "writer", "", "", "", "", slot)
    answer = Reply(id=slot.id, text=text, finish_reason=None, model="", generator="")
    result = read_reply(constitution, asked, answer)
    assert not result.kept
    assert len(result.dropped) == 1


_PROMPTS = """---
name: p
version: 1.0.0
judges: prompt
---
# P
Text.

## A {#a}
Text.
### Restricted
- {#b} One thing.
### Permitted
- {#c} Another thing.
"""
