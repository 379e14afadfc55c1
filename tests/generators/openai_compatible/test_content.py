"""What is wrong inside an answer: read into examples or reasons, and all of it adds up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gatewright.constitution import Constitution
from gatewright.training.generators import Journal, Request
from gatewright.training.slots import Slot
from gatewright.training.synthesis import SynthesisResult, synthesize

from .conftest import Answering, Generate, Serve
from .fake_server import Act, Call, FakeServer, completion, status

Ask = Callable[[FakeServer], SynthesisResult]


@pytest.fixture
def ask(generate: Generate, constitution: Constitution, slots: list[Slot], journal: Journal) -> Ask:
    """`ask(server)`: have the plan answered by it, through one journal; checks the accounts."""

    def asked(server: FakeServer) -> SynthesisResult:
        generator = generate(server)
        result = synthesize(constitution, generator, slots=slots, journal=journal)
        counts = result.counts
        assert counts["planned"] == counts["answered"] + counts["unanswered"] == len(slots)
        assert len(result.answers) == counts["answered"]
        about = {str(each.source["slot"]) for each in result.kept}
        about |= {str(each.source["slot"]) for each in result.dropped}
        assert about == {slot.id for slot in slots}
        return result

    return asked


def reasons(result: SynthesisResult) -> set[str]:
    return {each.reason for each in result.dropped}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refusal", "refused"),
        ("truncated", "truncated"),
        ("not JSON", "not JSON"),
        ("wrong shape", "wrong shape"),
        ("missing field", "missing field"),
        ("empty field", "empty field"),
        ("too few items", "too few items"),
        ("empty", "empty reply"),
    ],
)
def test_a_fault_costs_its_own_answer_and_is_not_asked_again(
    serve: Serve,
    ask: Ask,
    slots: list[Slot],
    request_of: Callable[[Call], Request],
    text_for: Answering,
    fault: str,
    reason: str,
) -> None:
    bad = {slot.id for slot in slots[::4]}

    def behave(call: Call) -> Act:
        faulty = request_of(call).id in bad
        finish = "length" if faulty and fault == "truncated" else "stop"
        return completion(text_for(call, fault if faulty else "none"), finish_reason=finish)

    server = serve(behave)
    result = ask(server)
    assert reasons(result) == {reason}
    assert {each.source["slot"] for each in result.dropped} == bad
    assert result.counts["answered"] == len(slots)
    again = ask(server)
    assert len(server.asked) == len(slots)
    assert again.kept == result.kept
    assert again.dropped == result.dropped


def test_prose_around_the_answer_costs_nothing(serve: Serve, ask: Ask, text_for: Answering) -> None:
    server = serve(
        lambda call: completion(f"Certainly!\n```json\n{text_for(call)}\n```\nAnything else?")
    )
    result = ask(server)
    assert not result.dropped
    assert len(result.kept) >= 60


def test_the_refusal_field_is_a_refusal(serve: Serve, ask: Ask, slots: list[Slot]) -> None:
    server = serve(lambda call: completion(None, refusal="I'd rather not."))
    result = ask(server)
    assert reasons(result) == {"refused"}
    assert {each.reply.finish_reason for each in result.answers} == {"refusal"}


def test_the_wrong_label_cannot_be_said(serve: Serve, ask: Ask, text_for: Answering) -> None:
    """The label comes from the request; an answer that names another is of the wrong shape."""

    def behave(call: Call) -> Act:
        return completion(text_for(call).replace('{"prompt"', '{"verdict": "other", "prompt"'))

    result = ask(serve(behave))
    assert reasons(result) == {"wrong shape"}
    assert not result.kept


def test_more_items_than_asked_and_the_same_for_all_are_noticed(
    serve: Serve, ask: Ask, slots: list[Slot], text_for: Answering
) -> None:
    result = ask(serve(lambda call: completion(text_for(call, "duplicates"))))
    assert result.counts["answered"] == len(slots)
    same = ask(serve(lambda call: completion("never asked")))
    assert same.kept == result.kept


def test_one_text_for_everything_raises_the_alarm(
    serve: Serve, ask: Ask, slots: list[Slot]
) -> None:
    result = ask(serve(lambda call: completion('{"examples": []}')))
    assert any("decodes greedily" in alarm for alarm in result.alarms)


def test_what_failed_is_asked_again_and_nothing_else(
    serve: Serve,
    ask: Ask,
    slots: list[Slot],
    request_of: Callable[[Call], Request],
    text_for: Answering,
) -> None:
    bad = {slot.id for slot in slots[::3]}
    ill = serve(
        lambda call: (
            status(400, "filtered") if request_of(call).id in bad else completion(text_for(call))
        )
    )
    first = ask(ill)
    assert first.counts["failed"] == first.counts["unanswered"] == len(bad)
    assert reasons(first) == {"generator error"}
    well = serve(lambda call: completion(text_for(call)))
    second = ask(well)
    assert {request_of(call).id for call in well.asked} == bad
    assert second.counts["failed"] == 0
    assert not second.dropped
