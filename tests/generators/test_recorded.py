"""Recordings: written from a journal, found by slot, honest about older wordings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.constitution import Constitution, parse
from gatewright.errors import InputError
from gatewright.training.generators import Journal, open_generator, recording_of, write_recording
from gatewright.training.generators.recorded import Recorded
from gatewright.training.generators.scripted import Scripted, faulty_text
from gatewright.training.synthesis import SynthesisResult, plan, slots_for, synthesize


@pytest.fixture
def recorded(constitution: Constitution, journal: Journal, tmp_path: Path) -> SynthesisResult:
    """A recording of 120 examples at `policy.replies.jsonl`, and the run it was made of."""
    result = synthesize(
        constitution,
        Scripted(lambda request, _: faulty_text("none", request, constitution.fields), model="m1"),
        slots=plan(constitution, examples=120, seed=0),
        journal=journal,
    )
    assert write_recording(tmp_path / "policy.replies.jsonl", result.answers) == len(result.answers)
    return result


def replay(constitution: Constitution, path: Path) -> SynthesisResult:
    generator = Recorded(path)
    with Journal(path.with_name("replayed.sqlite")) as journal:
        return synthesize(constitution, generator, slots=generator.slots, journal=journal)


@pytest.mark.usefixtures("recorded")
def test_the_recording_lies_beside_the_policy(constitution: Constitution, tmp_path: Path) -> None:
    policy = tmp_path / "policy.md"
    assert recording_of(policy) == tmp_path / "policy.replies.jsonl"
    found = open_generator("recorded", constitution=constitution, policy=policy, seed=0)
    named = open_generator(
        f"recorded:{recording_of(policy)}", constitution=constitution, policy=Path("x"), seed=0
    )
    assert isinstance(found, Recorded)
    assert isinstance(named, Recorded)
    assert found.slots == named.slots


def test_a_replay_gives_the_same_examples(
    constitution: Constitution, recorded: SynthesisResult, tmp_path: Path
) -> None:
    replayed = replay(constitution, tmp_path / "policy.replies.jsonl")
    assert replayed.kept == recorded.kept
    assert replayed.counts["reworded"] == 0
    assert replayed.kept[0].source["generator"] == "scripted"
    assert replayed.kept[0].source["model"] == "m1"


def test_a_recording_of_a_replay_is_the_same_file(
    constitution: Constitution, recorded: SynthesisResult, tmp_path: Path
) -> None:
    replayed = replay(constitution, tmp_path / "policy.replies.jsonl")
    write_recording(tmp_path / "again.jsonl", replayed.answers)
    original = (tmp_path / "policy.replies.jsonl").read_bytes()
    assert (tmp_path / "again.jsonl").read_bytes() == original


@pytest.mark.usefixtures("recorded")
def test_an_edited_clause_orphans_nothing_and_is_counted(
    policy: Callable[[str], str], tmp_path: Path
) -> None:
    edited = parse(policy("exchange").replace("Thanking somebody", "Thanking anybody"))
    result = replay(edited, tmp_path / "policy.replies.jsonl")
    slots = [each.asked.slot for each in result.answers]
    about = [slot for slot in slots if slot and slot.clause == "customers/thanks"]
    assert result.counts["reworded"] == len(about) > 0
    assert result.counts["answered"] == result.counts["planned"]
    digests = {each.source["clause_digest"] for each in result.kept}
    assert edited.clause("customers/thanks").digest not in digests


@pytest.mark.usefixtures("recorded")
def test_a_clause_that_is_gone_or_turned_round_is_dropped_and_counted(
    policy: Callable[[str], str], tmp_path: Path
) -> None:
    text = policy("exchange").replace("- {#thanks} Thanking somebody for waiting.\n", "")
    text = text.replace("{#name}", "{#door-x}").replace("{#door}", "{#name}")
    result = replay(parse(text), tmp_path / "policy.replies.jsonl")
    reasons = [each.reason for each in result.dropped]
    assert {reasons.count("clause gone") > 0, reasons.count("clause verdict changed") > 0} == {True}
    assert len(reasons) == result.counts["not asked"]
    counts = result.counts
    assert counts["planned"] == counts["answered"] + counts["not asked"]


@pytest.mark.usefixtures("recorded")
def test_another_recording_is_not_taken_for_the_first(
    constitution: Constitution, tmp_path: Path
) -> None:
    path = tmp_path / "policy.replies.jsonl"
    first = replay(constitution, path)
    path.write_text(path.read_text().replace("response 0", "answer 0"))
    second = replay(constitution, path)
    assert first.kept != second.kept


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: "not JSON",
        lambda line: "[]",
        lambda line: json.dumps({**json.loads(line), "slot": {}}),
        lambda line: json.dumps({**json.loads(line), "reply": None}),
        lambda line: json.dumps({k: v for k, v in json.loads(line).items() if k != "model"}),
        lambda line: f"{line}\n{line}",
    ],
)
@pytest.mark.usefixtures("recorded")
def test_a_damaged_line_is_named(tmp_path: Path, damage: Callable[[str], str]) -> None:
    path = tmp_path / "policy.replies.jsonl"
    lines = path.read_text().splitlines()
    lines[1] = damage(lines[1])
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"policy\.replies\.jsonl:[23]: "):
        Recorded(path)


def test_a_missing_or_empty_recording_is_an_error(
    constitution: Constitution, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="composed"):
        open_generator("recorded", constitution=constitution, policy=tmp_path / "p.md", seed=0)
    (tmp_path / "p.replies.jsonl").write_text("\n")
    with pytest.raises(InputError, match="no replies"):
        open_generator("recorded", constitution=constitution, policy=tmp_path / "p.md", seed=0)


@pytest.mark.usefixtures("recorded")
def test_the_first_of_a_recording_can_be_asked_for(
    constitution: Constitution, tmp_path: Path
) -> None:
    generator = Recorded(tmp_path / "policy.replies.jsonl")
    some = slots_for(generator, constitution, examples=20, seed=0)
    assert list(some) == list(generator.slots[: len(some)])
    assert sum(slot.examples for slot in some[:-1]) < 20 <= sum(slot.examples for slot in some)
    every = slots_for(generator, constitution, examples=None, seed=0)
    assert list(every) == list(generator.slots)
