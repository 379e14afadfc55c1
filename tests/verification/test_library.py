"""What ships with the library: recorded replies and verdicts, enough of each kind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gatewright.constitution import Constitution, find_constitution
from gatewright.training.generators import (
    AskGenerator,
    Journal,
    open_generator,
    recording_of,
    verdicts_of,
)
from gatewright.training.generators.recorded import Recorded
from gatewright.training.synthesis import SynthesisResult, synthesize
from gatewright.training.verification import verify

ACCEPTED = {
    "assistant-safety": 1500,
    "harmful-text": 1000,
    "health-advice": 800,
    "private-data": 500,
}


def recorded(policy: Path, constitution: Constitution, journal: Journal) -> SynthesisResult:
    """What the recording beside the policy becomes."""
    writer = Recorded(recording_of(policy))
    return synthesize(constitution, writer, slots=writer.slots, journal=journal)


@pytest.mark.parametrize("name", ACCEPTED)
def test_recorded_examples_pass_the_recorded_debate(name: str, tmp_path: Path) -> None:
    policy = find_constitution(name)
    constitution = Constitution.load(policy)
    with Journal(tmp_path / "replies.sqlite") as journal:
        written = recorded(policy, constitution, journal)
        judges = open_generator(
            f"recorded:{verdicts_of(policy)}", constitution=constitution, policy=policy, seed=0
        )
        ask = AskGenerator(judges, journal)
        result = verify(constitution, written.kept, asking=lambda role: ask)
    assert not written.dropped
    assert not result.waiting
    assert len(result.kept) >= ACCEPTED[name]
    hard = Counter(each.source["difficulty"] for each in result.kept)
    assert hard["boundary"] + hard["disguised"] >= 0.4 * len(result.kept)
    # pairs give every clause, of either verdict, examples of both
    sides = {(each.clause, each.restricted) for each in result.kept}
    assert sides >= {(clause.id, side) for clause in constitution.clauses for side in (True, False)}


@pytest.mark.parametrize("name", ["refusals", "prompt-injection"])
def test_the_first_two_are_recorded_without_verdicts(name: str, tmp_path: Path) -> None:
    policy = find_constitution(name)
    with Journal(tmp_path / "replies.sqlite") as journal:
        written = recorded(policy, Constitution.load(policy), journal)
    assert len(written.kept) >= 500
    assert not written.dropped
    assert not verdicts_of(policy).is_file()
