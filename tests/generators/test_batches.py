"""Batch files: what is written, and every way in which replies come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatewright.constitution import Constitution, parse
from gatewright.errors import InputError, QualityError
from gatewright.training.generators import Journal, Request
from gatewright.training.generators.openai_batches import read_batch
from gatewright.training.generators.scripted import sound_reply
from gatewright.training.slots import Slot
from gatewright.training.synthesis import TakenIn, hand_out, plan, requests_for, take_in

Row = dict[str, Any]


@pytest.fixture
def requests(constitution: Constitution, slots: list[Slot]) -> list[Request]:
    return requests_for(constitution, slots)


@pytest.fixture
def rows(constitution: Constitution, requests: list[Request]) -> list[Row]:
    """A provider's sound replies to the plan of 60 examples."""
    return [row(each.id, json.dumps(sound_reply(each, constitution.fields))) for each in requests]


@pytest.fixture
def exchange(
    constitution: Constitution, slots: list[Slot], journal: Journal, tmp_path: Path
) -> Callable[..., TakenIn]:
    """`exchange(*parts)`: hand the plan out, then take in a file of each part's rows."""

    def exchanged(*parts: list[Row] | str) -> TakenIn:
        hand_out(constitution, tmp_path / "q.jsonl", slots=slots, journal=journal, model="m")
        return take_in(constitution, [written(tmp_path, each) for each in parts], journal=journal)

    return exchanged


def row(slot: str, content: str | None, **message: Any) -> Row:
    choice = {"message": {"content": content, **message}, "finish_reason": "stop"}
    body = {"choices": [choice], "model": "m-2026"}
    return {"custom_id": slot, "response": {"status_code": 200, "body": body}, "error": None}


def written(folder: Path, part: list[Row] | str) -> Path:
    path = folder / f"replies-{len(list(folder.iterdir()))}.jsonl"
    text = part if isinstance(part, str) else "\n".join(map(json.dumps, part))
    path.write_text(text, encoding="utf-8")
    return path


def test_each_line_is_a_request_in_the_providers_format(
    constitution: Constitution, slots: list[Slot], journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "requests.jsonl"
    handed = hand_out(constitution, path, slots=slots, journal=journal, model="some-model")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert handed == (len(slots), 0, len(slots)) == (len(slots), 0, len(lines))
    assert [line["custom_id"] for line in lines] == [slot.id for slot in slots]
    first = lines[0]
    assert (first["method"], first["url"]) == ("POST", "/v1/chat/completions")
    assert first["body"]["model"] == "some-model"
    assert first["body"]["temperature"] == 1.0
    assert first["body"]["max_tokens"] > 0
    assert [each["role"] for each in first["body"]["messages"]] == ["system", "user"]
    assert first["body"]["response_format"]["type"] == "json_schema"
    assert first["body"]["response_format"]["json_schema"]["strict"] is True


def test_order_and_parts_change_nothing(
    exchange: Callable[..., TakenIn],
    constitution: Constitution,
    slots: list[Slot],
    rows: list[Row],
    tmp_path: Path,
) -> None:
    scattered = exchange(rows[::-2], rows[-2::-2])
    with Journal(tmp_path / "other.sqlite") as other:
        hand_out(constitution, tmp_path / "q2.jsonl", slots=slots, journal=other, model="m")
        whole = take_in(constitution, [written(tmp_path, rows)], journal=other)
    assert scattered.result.kept == whole.result.kept
    assert len(whole.result.kept) >= 60
    assert whole.new == len(rows)
    assert whole.counts == {}
    assert whole.result.kept[0].source["generator"] == "batch"
    assert whole.result.kept[0].source["model"] == "m-2026"


def test_only_what_is_missing_is_handed_out_again(
    exchange: Callable[..., TakenIn],
    constitution: Constitution,
    slots: list[Slot],
    journal: Journal,
    rows: list[Row],
    tmp_path: Path,
) -> None:
    part = exchange(rows[:5])
    assert part.result.counts["answered"] == 5
    assert part.result.counts["unanswered"] == len(rows) - 5
    path = tmp_path / "again.jsonl"
    handed = hand_out(constitution, path, slots=slots, journal=journal, model="m")
    assert handed == (len(rows), 5, len(rows) - 5)
    ids = [json.loads(line)["custom_id"] for line in path.read_text().splitlines()]
    assert ids == [slot.id for slot in slots[5:]]


def test_the_first_reply_counts_and_taking_in_twice_adds_nothing(
    exchange: Callable[..., TakenIn], rows: list[Row]
) -> None:
    other = row(rows[0]["custom_id"], '{"examples": []}')
    first = exchange([*rows, other])
    assert first.counts == {"duplicate": 1}
    again = exchange([other, *rows[1:]])
    assert again.new == 0
    assert again.counts == {"answered before": len(rows)}
    assert again.result.kept == first.result.kept


def test_strangers_and_damage_are_counted(
    exchange: Callable[..., TakenIn], rows: list[Row]
) -> None:
    lines = [json.dumps(each) for each in rows]
    lines[1:1] = ["[1, 2]", '{"custom_id": 7}', "null", '{"no": "id"}', "\x00", "[" * 100_000]
    lines[0:0] = [json.dumps(row("somebody-else", "{}"))]
    taken = exchange("\n".join(lines)[:-30])
    assert taken.counts == {"unknown custom_id": 1, "damaged line": 7}
    assert taken.new == len(rows) - 1


@pytest.mark.parametrize(
    "damage",
    [
        {"error": {"code": "expired"}, "response": None},
        {"response": {"status_code": 500, "body": {"error": "overloaded"}}},
        {"response": {"status_code": 200, "body": {}}},
        {"response": {"status_code": 200, "body": {"choices": []}}},
        {"response": {"status_code": 200, "body": None}},
        {"response": "text"},
    ],
)
def test_a_providers_error_is_dropped_and_stays_unanswered(
    exchange: Callable[..., TakenIn], rows: list[Row], damage: Row
) -> None:
    taken = exchange([{**rows[0], **damage}, *rows[1:]])
    counts = taken.result.counts
    assert (counts["failed"], counts["unanswered"], counts["not asked"]) == (1, 1, 0)
    assert counts["planned"] == counts["answered"] + counts["unanswered"]
    assert [each.reason for each in taken.result.dropped] == ["generator error"]
    mended = exchange([rows[0]])
    assert mended.new == 1
    assert not mended.result.dropped


def test_an_answer_after_an_error_counts(exchange: Callable[..., TakenIn], rows: list[Row]) -> None:
    failed = {**rows[0], "error": {"code": "x"}, "response": None}
    taken = exchange([failed, *rows])
    assert taken.new == len(rows)
    assert not taken.result.dropped


def test_refusals_and_cut_replies_are_read_as_such(
    exchange: Callable[..., TakenIn], rows: list[Row]
) -> None:
    refused = row(rows[0]["custom_id"], None, refusal="I can't help with that.")
    cut = row(rows[1]["custom_id"], '{"examples": [{"prompt": "half')
    cut["response"]["body"]["choices"][0]["finish_reason"] = "length"
    taken = exchange([refused, cut, *rows[2:]])
    assert [each.reason for each in taken.result.dropped] == ["refused", "truncated"]


def test_replies_to_an_earlier_wording_are_known_as_such(
    exchange: Callable[..., TakenIn],
    policy: Callable[[str], str],
    journal: Journal,
    slots: list[Slot],
    rows: list[Row],
    tmp_path: Path,
) -> None:
    exchange(rows[:8])
    edited = parse(policy("exchange").replace("Thanking somebody", "Thanking anybody"))
    taken = take_in(edited, [written(tmp_path, rows)], journal=journal)
    about = [slot for slot in slots if slot.clause == "customers/thanks"]
    assert taken.result.counts["reworded"] == len(about) > 0
    handed = hand_out(edited, tmp_path / "n.jsonl", slots=slots, journal=journal, model="m")
    # the wording of one clause is part of every prompt of its rule
    assert len(about) <= handed.written < len(slots)


def test_a_file_that_is_no_batch_is_an_error(
    exchange: Callable[..., TakenIn], journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="custom_id"):
        exchange("these are\nnot replies\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_batch(tmp_path / "missing.jsonl", ["a"])
    assert exchange("").result.counts["answered"] == 0


def test_nothing_handed_out_is_an_error(
    constitution: Constitution, journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="--to-batch"):
        take_in(constitution, [tmp_path / "r.jsonl"], journal=journal)


def test_a_hundred_unreadable_replies_stop_the_run(
    constitution: Constitution, journal: Journal, tmp_path: Path
) -> None:
    slots = plan(constitution, examples=400, seed=0)
    hand_out(constitution, tmp_path / "q.jsonl", slots=slots, journal=journal, model="m")
    replies = [row(slot.id, f"Text {n}.") for n, slot in enumerate(slots)]
    with pytest.raises(QualityError, match=f"{len(slots)} of {len(slots)} replies"):
        take_in(constitution, [written(tmp_path, replies)], journal=journal)
    assert len(journal.answers(generator="batch", model="")) == len(slots)
