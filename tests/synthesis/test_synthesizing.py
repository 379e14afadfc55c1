"""Asking and reading as a whole: accounts that add up, whatever the generator does."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from gatewright.constitution import Constitution, parse
from gatewright.errors import EnvironmentProblem, QualityError, UpstreamError
from gatewright.training import read_examples
from gatewright.training.generators import Generator, Journal, Reply, Request
from gatewright.training.generators.scripted import FAULTS, Scripted, faulty_text
from gatewright.training.slots import Slot
from gatewright.training.synthesis import SynthesisResult, plan, store, synthesize

Run = Callable[..., SynthesisResult]

REASON = {
    "refusal": "refused",
    "truncated": "truncated",
    "not JSON": "not JSON",
    "wrong shape": "wrong shape",
    "missing field": "missing field",
    "empty field": "empty field",
    "too few items": "too few items",
    "empty": "empty reply",
    "error": "generator error",
}


class Shuffled:
    """Another generator's answers in another order, or not all of them."""

    def __init__(self, inner: Generator, *, seed: int, stop: int | None = None) -> None:
        self.name, self.model = inner.name, inner.model
        self._inner, self._seed, self._stop = inner, seed, stop

    def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
        replies = list(self._inner.replies(requests))
        random.Random(self._seed).shuffle(replies)
        yield from replies[: self._stop]


@pytest.fixture
def sound(constitution: Constitution) -> Scripted:
    return Scripted(lambda request, _: faulty_text("none", request, constitution.fields))


@pytest.fixture
def run(constitution: Constitution, slots: list[Slot], journal: Journal) -> Run:
    def running(
        generator: Generator, *, slots: list[Slot] = slots, journal: Journal = journal
    ) -> SynthesisResult:
        result = synthesize(constitution, generator, slots=slots, journal=journal)
        counts = result.counts
        assert counts["planned"] == len(slots)
        assert counts["planned"] == counts["answered"] + counts["unanswered"] + counts["not asked"]
        assert counts["failed"] <= counts["unanswered"]
        return result

    return running


def test_everything_answered_is_everything_kept(run: Run, sound: Scripted) -> None:
    result = run(sound)
    assert not result.dropped
    assert not result.alarms
    assert result.counts["unanswered"] == 0
    assert result.summary()["kept_by_verdict"] == {"permitted": 61, "restricted": 61}


def test_the_order_of_replies_changes_nothing(run: Run, sound: Scripted, tmp_path: Path) -> None:
    results = []
    for seed in range(3):
        with Journal(tmp_path / f"{seed}.sqlite") as journal:
            results.append(run(Shuffled(sound, seed=seed), journal=journal))
    assert results[0] == results[1] == results[2]
    slots = [slot for answer in results[0].answers if (slot := answer.asked.slot)]
    assert slots == plan_order(slots, results[0])


def plan_order(slots: list[Slot], result: SynthesisResult) -> list[Slot]:
    by_id = {slot.id: slot for slot in slots}
    return [by_id[each] for each in dict.fromkeys(e.source["slot"] for e in result.kept)]


def test_a_second_run_asks_only_for_the_rest(run: Run, sound: Scripted) -> None:
    part = run(Shuffled(sound, seed=1, stop=7))
    assert (part.counts["answered"], part.counts["failed"]) == (7, 0)
    sound.asked.clear()
    whole = run(sound)
    assert len(sound.asked) == whole.counts["planned"] - 7
    sound.asked.clear()
    assert run(sound) == whole
    assert not sound.asked


def test_a_larger_plan_asks_only_for_what_is_new(
    run: Run, sound: Scripted, constitution: Constitution, slots: list[Slot]
) -> None:
    run(sound)
    sound.asked.clear()
    larger = plan(constitution, examples=240, seed=0)
    run(sound, slots=larger)
    assert len(sound.asked) == len(larger) - len(slots)


def test_an_edited_clause_is_asked_for_again(
    run: Run, sound: Scripted, slots: list[Slot], journal: Journal, policy: Callable[[str], str]
) -> None:
    run(sound)
    sound.asked.clear()
    edited = parse(policy("exchange").replace("the weight or the shape", "the weight or the look"))
    synthesize(edited, sound, slots=slots, journal=journal)
    touched = {slot.id for slot in slots if slot.clause == "contents/size"}
    assert touched <= set(sound.asked)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"none", "duplicates"}))
@pytest.mark.parametrize("every", [1, 3])
def test_the_accounts_add_up_under_every_fault(
    run: Run, script: Callable[..., Generator], slots: list[Slot], fault: str, every: int
) -> None:
    result = run(script({"every": every, "fault": fault}, {"fault": "none"}))
    faulty = len(slots[::every])
    reasons = {each.reason for each in result.dropped}
    assert reasons == {REASON[fault]}
    assert len(result.dropped) == faulty
    assert result.counts["failed"] == (faulty if fault == "error" else 0)
    asked = sum(slot.examples for slot in slots)
    whole_replies = fault not in ("missing field", "empty field", "too few items")
    if whole_replies:
        assert len(result.kept) == asked - sum(slot.examples for slot in slots[::every])
    elif fault == "too few items":
        pairs = sum(slot.difficulty == "boundary" for slot in slots[::every])
        assert len(result.kept) == asked - faulty - pairs
    else:
        assert len(result.kept) == asked - faulty


def test_duplicates_in_a_reply_are_kept_for_curation_to_see(
    run: Run, script: Callable[..., Generator], slots: list[Slot]
) -> None:
    result = run(script({"fault": "duplicates"}))
    assert len(result.kept) == sum(slot.examples for slot in slots)
    assert len({each.id for each in result.kept}) < len(result.kept) / 2


def test_errors_are_asked_for_again(run: Run, script: Callable[..., Generator]) -> None:
    first = run(script({"every": 4, "fault": "error"}, {"fault": "none"}))
    assert first.counts["failed"] == first.counts["unanswered"] > 0
    again = run(script({"fault": "none"}))
    assert again.counts["unanswered"] == 0


def test_an_upstream_error_leaves_the_earlier_replies(
    run: Run, sound: Scripted, slots: list[Slot], constitution: Constitution
) -> None:
    def script(request: Request, position: int) -> str:
        if position == 5:
            raise UpstreamError("budget spent")
        return faulty_text("none", request, constitution.fields)

    with pytest.raises(UpstreamError, match="budget"):
        run(Scripted(script))
    run(sound)
    assert len(sound.asked) == len(slots) - 5


def test_unasked_and_repeated_replies_are_not_kept(
    run: Run, sound: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    class Babbling(Shuffled):
        def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
            first, *others = sound.replies(requests)
            stranger = Reply("no-slot", "{}", None, "m", "g")
            yield from (first, stranger, first, *others)

    result = run(Babbling(sound, seed=0))
    assert result.counts["answered"] == result.counts["planned"]
    assert caplog.text.count("unasked or twice") == 2


def test_a_generator_that_only_refuses_is_stopped(
    constitution: Constitution, journal: Journal, script: Callable[..., Generator]
) -> None:
    slots = plan(constitution, examples=1000, seed=0)
    with pytest.raises(QualityError, match="100 of 100"):
        synthesize(constitution, script({"fault": "refusal"}), slots=slots, journal=journal)


def test_a_third_unreadable_is_still_read(
    constitution: Constitution, journal: Journal, script: Callable[..., Generator]
) -> None:
    slots = plan(constitution, examples=1000, seed=0)
    generator = script({"every": 3, "fault": "refusal"}, {"fault": "none"})
    result = synthesize(constitution, generator, slots=slots, journal=journal)
    assert len(result.dropped) == (len(slots) + 2) // 3


def test_one_reply_for_many_slots_raises_the_alarm(
    constitution: Constitution, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    same = json.dumps({"examples": [{"prompt": f"p{n}", "response": f"r{n}"} for n in range(3)]})
    generator = Scripted(lambda request, _: same)
    slots = plan(constitution, examples=60, seed=0, mix={"plain": 1})
    result = synthesize(constitution, generator, slots=slots, journal=journal)
    assert len(result.alarms) == 1
    assert "greedily" in result.alarms[0]
    assert result.alarms[0] in caplog.text


def test_progress_is_told(
    constitution: Constitution, journal: Journal, slots: list[Slot], sound: Scripted
) -> None:
    told: list[tuple[int, int]] = []
    synthesize(
        constitution,
        sound,
        slots=slots,
        journal=journal,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(n + 1, len(slots)) for n in range(len(slots))]


def test_what_is_stored_can_be_read_back(
    run: Run, script: Callable[..., Generator], tmp_path: Path
) -> None:
    result = run(script({"every": 3, "fault": "refusal"}, {"fault": "none"}))
    store(result, tmp_path / "examples")
    assert read_examples(tmp_path / "examples" / "examples.parquet") == result.kept
    lines = (tmp_path / "examples" / "dropped.jsonl").read_text().splitlines()
    assert [json.loads(line)["reason"] for line in lines] == ["refused"] * len(result.dropped)


def test_a_file_in_place_of_the_folder_is_an_error(
    run: Run, sound: Scripted, tmp_path: Path
) -> None:
    (tmp_path / "examples").write_text("")
    with pytest.raises((EnvironmentProblem, OSError)):
        store(run(sound), tmp_path / "examples")
