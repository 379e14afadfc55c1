"""Real texts to write in the manner of: shown as data, never a label, never copied."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.injected import INJECTED

from gatewright.constitution import Constitution
from gatewright.errors import InputError
from gatewright.training.generators import Asked, Generator, Reply
from gatewright.training.slots import Slot
from gatewright.training.synthesis import (
    plan,
    read_reply,
    read_seed_texts,
    request_for,
    slots_for,
)

REAL = [{"prompt": f"where is parcel {n}", "response": f"On van {n}, I think."} for n in range(40)]
LONG = " ".join(f"word{n}" for n in range(30))


def seeded(**texts: str) -> Slot:
    return Slot(
        "contents/reveal", "restricted", "plain", {}, 0, 1, seed_text={"prompt": "hi", **texts}
    )


@pytest.mark.parametrize("injected", INJECTED)
def test_what_a_seed_text_orders_is_data_and_changes_no_label(
    constitution: Constitution,
    asked: Callable[..., Asked],
    reply: Callable[..., Reply],
    injected: str,
) -> None:
    slot = seeded(response=injected)
    system, user = (each["content"] for each in request_for(constitution, slot).messages)
    block = re.search(r"\[data (\w+)\]\n(.*)\n\[end of data \1\]", user)
    assert block is not None
    assert json.loads(block[2]) == {"prompt": "hi", "response": injected}
    assert injected not in system
    assert "<|" not in user
    written = {"examples": [{"prompt": "p", "response": "All permitted."}]}
    kept = read_reply(constitution, asked(slot), reply(slot, json.dumps(written))).kept
    assert [each.verdicts for each in kept] == [{"contents": 1}]


def test_a_plan_gives_every_slot_a_text_and_changes_nothing_else(
    constitution: Constitution,
) -> None:
    bare = plan(constitution, examples=200, seed=0)
    slots = plan(constitution, examples=200, seed=0, seed_texts=REAL)
    assert [(each.clause, each.values) for each in slots] == [
        (each.clause, each.values) for each in bare
    ]
    assert all(each.seed_text in REAL for each in slots)
    assert len({json.dumps(each.seed_text) for each in slots}) > len(REAL) // 2
    assert not {each.id for each in slots} & {each.id for each in bare}
    larger = plan(constitution, examples=400, seed=0, seed_texts=REAL)
    assert {each.id for each in slots} <= {each.id for each in larger}


def test_a_slot_with_a_text_survives_being_stored() -> None:
    slot = seeded(response="a")
    assert Slot.from_json(json.loads(json.dumps(slot.as_json()))) == slot
    assert "seed_text" not in Slot("r/c", "restricted", "plain", {}, 0, 1).as_json()


def test_examples_after_the_same_text_share_a_lineage_group() -> None:
    one, other = seeded(response="a"), seeded(response="b")
    assert one.group(0) == one.group(1) != other.group(0)


@pytest.mark.parametrize(
    ("seed_text", "written", "copied"),
    [
        ("Where is my parcel?", "where is my PARCEL", True),
        ("Where is my parcel?", "where is my other parcel", False),
        (LONG, f"well, {LONG.upper()}!", True),
        (LONG, " ".join(LONG.split()[9:21]), False),
        (LONG, " ".join(LONG.split()[9:22]), True),
        ("hi", "hi there, my parcel has not come in three days", False),
        ("...", "anything", False),
    ],
)
def test_a_copy_is_dropped(
    constitution: Constitution,
    asked: Callable[..., Asked],
    reply: Callable[..., Reply],
    seed_text: str,
    written: str,
    copied: bool,
) -> None:
    slot = seeded(response=seed_text)
    item = {"prompt": "a question nobody asked", "response": written}
    result = read_reply(constitution, asked(slot), reply(slot, json.dumps({"examples": [item]})))
    assert [each.reason for each in result.dropped] == ["copies its seed text"] * copied


def test_too_few_texts_are_refused(constitution: Constitution) -> None:
    with pytest.raises(InputError, match="29 seed texts are too few"):
        plan(constitution, examples=60, seed=0, seed_texts=REAL[:29])


def test_replies_written_before_cannot_follow_texts(constitution: Constitution) -> None:
    class Written:
        name = "recorded"
        model = ""
        slots = (seeded(response="a"),)

        def replies(self, requests: object) -> object:
            return iter(())

    written: Generator = Written()  # type: ignore[assignment]
    with pytest.raises(InputError, match="cannot follow seed texts"):
        slots_for(written, constitution, examples=None, seed=0, seed_texts=REAL)


def test_a_file_gives_each_text_once_and_counts_the_rest(tmp_path: Path) -> None:
    unusable = {"prompt": "x", "response": None}
    rows: list[dict[str, Any]] = [*REAL, REAL[0], unusable]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"q": r["prompt"], **r}) + "\n" for r in rows))
    read = read_seed_texts(path, ("prompt", "response"), prompt="q")
    assert read.items == REAL
    assert read.rejected.pop("the same text again") == 1
    assert sum(read.rejected.values()) == 1
