"""Batch files of every format: what is written, and every way in which replies come back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.constitution import Constitution, parse
from gatewright.errors import InputError, QualityError
from gatewright.training.generators import Journal, Request, batches
from gatewright.training.generators.anthropic_batches import custom_id_of
from gatewright.training.generators.batches import FORMATS, read_batch, write_batch
from gatewright.training.generators.scripted import sound_reply
from gatewright.training.slots import Slot
from gatewright.training.synthesis import TakenIn, hand_out, plan, requests_for, take_in

Row = dict[str, Any]


@pytest.fixture
def requests(constitution: Constitution, slots: list[Slot]) -> list[Request]:
    return requests_for(constitution, slots)


@dataclass(frozen=True)
class Provider:
    """How one provider answers: its format, and a line of replies."""

    format: str
    row: Callable[..., Row]
    """`row(custom_id, text, finish_reason)`."""
    cut: str
    refused: str


def openai_row(custom_id: str, text: str, reason: str = "stop") -> Row:
    message = {"content": text, "refusal": None}
    if reason == "refusal":
        message = {"content": None, "refusal": text}
        reason = "stop"
    body = {"choices": [{"message": message, "finish_reason": reason}], "model": "m-2026"}
    return {"custom_id": custom_id, "response": {"status_code": 200, "body": body}, "error": None}


def anthropic_row(custom_id: str, text: str, reason: str = "end_turn") -> Row:
    content = [
        {"type": "thinking", "thinking": "Let me see.", "signature": "x"},
        {"type": "text", "text": text[:5]},
        {"type": "text", "text": text[5:]},
    ]
    message = {"content": content, "stop_reason": reason, "model": "m-2026", "role": "assistant"}
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": message}}


PROVIDERS = {
    "openai": Provider("openai", openai_row, "length", "refusal"),
    "anthropic": Provider("anthropic", anthropic_row, "max_tokens", "refusal"),
}
FAILURES: list[tuple[str, Row]] = [
    ("openai", {"error": {"code": "expired"}, "response": None}),
    ("openai", {"response": {"status_code": 500, "body": {"error": "overloaded"}}}),
    ("openai", {"response": {"status_code": 200, "body": {}}}),
    ("openai", {"response": {"status_code": 200, "body": {"choices": []}}}),
    ("openai", {"response": {"status_code": 200, "body": None}}),
    ("openai", {"response": "text"}),
    ("anthropic", {"result": {"type": "errored", "error": {"type": "error", "error": {}}}}),
    ("anthropic", {"result": {"type": "canceled"}}),
    ("anthropic", {"result": {"type": "expired"}}),
    ("anthropic", {"result": {"type": "succeeded"}}),
    ("anthropic", {"result": {"type": "succeeded", "message": {"content": "text"}}}),
    ("anthropic", {"result": {"type": "succeeded", "message": {"content": [{"type": "text"}]}}}),
    ("anthropic", {"result": {}}),
    ("anthropic", {"result": None}),
]


@pytest.fixture(params=sorted(PROVIDERS))
def provider(request: pytest.FixtureRequest) -> Provider:
    return PROVIDERS[request.param]


@pytest.fixture
def rows(constitution: Constitution, requests: list[Request], provider: Provider) -> list[Row]:
    """A provider's sound replies to the plan of 120 examples."""
    return [
        provider.row(each.id, json.dumps(sound_reply(each, constitution.fields)))
        for each in requests
    ]


@pytest.fixture
def exchange(
    constitution: Constitution,
    slots: list[Slot],
    journal: Journal,
    tmp_path: Path,
    provider: Provider,
) -> Callable[..., TakenIn]:
    """`exchange(*parts)`: hand the plan out, then take in a file of each part's rows."""

    def exchanged(*parts: list[Row] | str) -> TakenIn:
        hand_out(
            constitution,
            tmp_path / "q.jsonl",
            slots=slots,
            journal=journal,
            model="m",
            format=provider.format,
        )
        return take_in(constitution, [written(tmp_path, each) for each in parts], journal=journal)

    return exchanged


def written(folder: Path, part: list[Row] | str) -> Path:
    path = folder / f"replies-{len(list(folder.iterdir()))}.jsonl"
    text = part if isinstance(part, str) else "\n".join(map(json.dumps, part))
    path.write_text(text, encoding="utf-8")
    return path


def test_every_format_is_tried_here() -> None:
    assert set(PROVIDERS) == set(FORMATS)


def test_each_line_is_a_request_in_openais_format(
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


def test_each_line_is_a_request_in_anthropics_format(
    requests: list[Request], tmp_path: Path
) -> None:
    path = tmp_path / "requests.jsonl"
    strange = replace(requests[0], id="judge/abc/1")
    assert write_batch(path, [strange, *requests], model="some-model", format="anthropic") == (
        len(requests) + 1
    )
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(set(line) == {"custom_id", "params"} for line in lines)
    assert [line["custom_id"] for line in lines[1:]] == [each.id for each in requests]
    assert lines[0]["custom_id"].startswith("judge-abc-1-")
    first = lines[0]["params"]
    assert set(first) == {"model", "max_tokens", "system", "messages", "output_config"}
    system, user = strange.messages
    assert first["system"] == system["content"]
    assert first["messages"] == [{"role": "user", "content": user["content"]}]
    assert first["output_config"] == {
        "format": {"type": "json_schema", "schema": dict(strange.schema)}
    }


def test_an_unknown_format_is_an_error_before_anything_is_remembered(
    constitution: Constitution, slots: list[Slot], journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    with pytest.raises(InputError, match="openai, anthropic"):
        hand_out(constitution, path, slots=slots, journal=journal, model="m", format="other")
    assert not path.exists()
    assert not journal.expected()


@given(st.lists(st.text(st.sampled_from("ab/-_1 ü") | st.characters(), max_size=90), unique=True))
def test_any_id_has_a_custom_id_of_its_own(ids: list[str]) -> None:
    written_as = [custom_id_of(each) for each in ids]
    assert len(set(written_as)) == len(ids)
    for custom_id in written_as:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", custom_id)


def test_replies_find_their_way_back_to_ids_of_any_form(
    provider: Provider, requests: list[Request], tmp_path: Path
) -> None:
    ids = ["judge/abc/1", "judge abc 1", "judge-abc-1", "x" * 65, "x" * 64, "größe", "-"]
    path = tmp_path / "q.jsonl"
    asked = [replace(requests[0], id=each) for each in ids]
    write_batch(path, asked, model="m", format=provider.format)
    names = [json.loads(line)["custom_id"] for line in path.read_text().splitlines()]
    rows = [provider.row(name, f"reply {n}") for n, name in enumerate(names)]
    batch = read_batch(written(tmp_path, [*rows[::-1], rows[0]]), ids)
    assert {each.id: each.text for each in batch.replies} == {
        each: f"reply {n}" for n, each in enumerate(ids)
    }
    assert batch.counts == {"duplicate": 1}


def test_one_file_may_hold_several_formats(tmp_path: Path) -> None:
    rows = [openai_row("a", "1"), anthropic_row("b", "2"), {"custom_id": "c", "body": {}}]
    batch = read_batch(written(tmp_path, rows), "abc")
    assert [(each.id, each.text, each.finish_reason) for each in batch.replies] == [
        ("a", "1", "stop"),
        ("b", "2", "stop"),
    ]
    assert batch.counts == {"damaged line": 1}


def test_a_line_without_end_is_one_damaged_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: Provider
) -> None:
    monkeypatch.setattr(batches, "_MAX_LINE", 1000)
    rows = [provider.row("a", "x" * 5000), provider.row("b", "fine")]
    batch = read_batch(written(tmp_path, rows), "ab")
    assert [each.id for each in batch.replies] == ["b"]
    assert batch.counts == {"damaged line": 1}


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "pause_turn"),
        (None, None),
    ],
)
def test_anthropics_stop_reasons_are_named_as_ours(
    tmp_path: Path, reason: str | None, finish: str | None
) -> None:
    path = written(tmp_path, [anthropic_row("a", "text", reason)])  # type: ignore[arg-type]
    (reply,) = read_batch(path, ["a"]).replies
    assert reply.finish_reason == finish


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
    exchange: Callable[..., TakenIn], rows: list[Row], provider: Provider
) -> None:
    other = provider.row(rows[0]["custom_id"], '{"examples": []}')
    first = exchange([*rows, other])
    assert first.counts == {"duplicate": 1}
    again = exchange([other, *rows[1:]])
    assert again.new == 0
    assert again.counts == {"answered before": len(rows)}
    assert again.result.kept == first.result.kept


def test_strangers_and_damage_are_counted(
    exchange: Callable[..., TakenIn], rows: list[Row], provider: Provider
) -> None:
    lines = [json.dumps(each) for each in rows]
    lines[1:1] = ["[1, 2]", '{"custom_id": 7}', "null", '{"no": "id"}', "\x00", "[" * 100_000]
    lines[0:0] = [json.dumps(provider.row("somebody-else", "{}"))]
    taken = exchange("\n".join(lines)[:-30])
    assert taken.counts == {"unknown custom_id": 1, "damaged line": 7}
    assert taken.new == len(rows) - 1


@pytest.mark.parametrize(("provider", "damage"), FAILURES, indirect=["provider"])
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


def test_an_answer_after_an_error_counts(
    exchange: Callable[..., TakenIn], rows: list[Row], provider: Provider
) -> None:
    failure = next(damage for name, damage in FAILURES if name == provider.format)
    failed = {**rows[0], **failure}
    taken = exchange([failed, *rows])
    assert taken.new == len(rows)
    assert not taken.result.dropped


def test_refusals_and_cut_replies_are_read_as_such(
    exchange: Callable[..., TakenIn], rows: list[Row], provider: Provider
) -> None:
    refused = provider.row(rows[0]["custom_id"], "I can't help with that.", provider.refused)
    cut = provider.row(rows[1]["custom_id"], '{"examples": [{"prompt": "half', provider.cut)
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
    replies = [openai_row(slot.id, f"Text {n}.") for n, slot in enumerate(slots)]
    with pytest.raises(QualityError, match=f"{len(slots)} of {len(slots)} replies"):
        take_in(constitution, [written(tmp_path, replies)], journal=journal)
    assert len(journal.answers(generator="batch", model="")) == len(slots)
