"""The offline fallback: enough examples for any constitution, and no shortcut in them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gatewright.constitution import Constitution
from gatewright.training import Example
from gatewright.training.generators import Journal, open_generator
from gatewright.training.generators.composed.composing import Composed
from gatewright.training.generators.composed.everyday import QUESTIONS, STATEMENTS
from gatewright.training.synthesis import SynthesisResult, plan, requests_for, synthesize


def composed(constitution: Constitution, *, examples: int, seed: int = 0) -> SynthesisResult:
    with Journal(Path(":memory:")) as journal:
        return synthesize(
            constitution,
            Composed(constitution, seed=seed),
            slots=plan(constitution, examples=examples, seed=seed),
            journal=journal,
        )


def lengths(examples: list[Example], *, restricted: bool) -> list[int]:
    """Words of the judged texts of one verdict, ascending."""
    return sorted(
        len(list(each.fields.values())[-1].split())
        for each in examples
        if each.restricted == restricted
    )


def test_two_small_rules_give_hundreds_of_distinct_examples(
    any_constitution: Constitution,
) -> None:
    result = composed(any_constitution, examples=500)
    assert not result.dropped
    assert len({each.id for each in result.kept}) >= 400
    verdicts = [each.restricted for each in result.kept]
    assert verdicts.count(True) == verdicts.count(False) >= 250
    assert {tuple(each.fields) for each in result.kept} == {any_constitution.fields}


def test_length_tells_the_verdicts_apart_no_better_than_chance(
    any_constitution: Constitution,
) -> None:
    kept = composed(any_constitution, examples=1000).kept
    restricted, permitted = lengths(kept, restricted=True), lengths(kept, restricted=False)
    longer = sum((r > p) + (r == p) / 2 for r in restricted for p in permitted)
    assert abs(longer / (len(restricted) * len(permitted)) - 0.5) < 0.05
    for tenth in range(1, 10):
        ours = [each[len(each) * tenth // 10] for each in (restricted, permitted)]
        assert abs(ours[0] - ours[1]) <= 5


def test_every_clause_and_the_authors_examples_are_used(constitution: Constitution) -> None:
    kept = composed(constitution, examples=600).kept
    assert {each.clause for each in kept} == {clause.id for clause in constitution.clauses}
    texts = " ".join(str(each.response).lower() for each in kept)
    for words in ("laptop in the box", "weighs two kilos", "insurance", "thanking somebody"):
        assert words in texts


def test_lists_in_a_clause_are_taken_one_choice_at_a_time(constitution: Constitution) -> None:
    texts = " ".join(
        str(each.response).lower() for each in composed(constitution, examples=900).kept
    )
    for choice in ("telling what", "hinting what", "guessing what"):
        assert choice in texts


def test_twins_share_their_surroundings(constitution: Constitution) -> None:
    groups: dict[str, list[Example]] = {}
    for each in composed(constitution, examples=600).kept:
        if each.source["difficulty"] == "boundary":
            groups.setdefault(each.group, []).append(each)
    shared = []
    for restricted, permitted in groups.values():
        assert restricted.prompt == permitted.prompt
        assert restricted.restricted
        assert not permitted.restricted
        ours, theirs = str(restricted.response).split(), str(permitted.response).split()
        assert abs(len(ours) - len(theirs)) <= 8
        shared.append(len(set(ours) & set(theirs)) / len(set(ours)))
    assert sum(shared) / len(shared) > 0.5


def test_surroundings_hold_nothing_restricted(constitution: Constitution) -> None:
    everyday = set(STATEMENTS) | set(QUESTIONS)
    assert len(everyday) == len(STATEMENTS) + len(QUESTIONS) >= 100
    kept = composed(constitution, examples=600).kept
    ordinary = [
        e for e in kept if not e.restricted and any(s in str(e.response) for s in STATEMENTS)
    ]
    assert len(ordinary) > 20


def test_a_slots_reply_depends_on_seed_and_slot_alone(constitution: Constitution) -> None:
    requests = requests_for(constitution, plan(constitution, examples=60, seed=0))
    generator = Composed(constitution, seed=5)
    forwards = {each.id: each.text for each in generator.replies(requests)}
    backwards = {each.id: each.text for each in generator.replies(requests[::-1])}
    assert forwards == backwards
    other = Composed(constitution, seed=6)
    assert other.model != generator.model
    assert {each.id: each.text for each in other.replies(requests)} != forwards


@pytest.mark.parametrize("judges", ["prompt", "exchange"])
def test_bytes_are_the_same_whatever_the_hash_seed(
    tmp_path: Path, policy: Callable[[str], str], judges: str
) -> None:
    (tmp_path / "policy.md").write_text(policy(judges), encoding="utf-8")
    code = (
        "import sys\n"
        "from gatewright.constitution import Constitution\n"
        "from gatewright.training.synthesis import plan, requests_for\n"
        "from gatewright.training.generators.composed.composing import Composed\n"
        f"c = Constitution.load({str(tmp_path / 'policy.md')!r})\n"
        "for reply in Composed(c, seed=0).replies(requests_for(c, plan(c, examples=90, seed=0))):\n"
        "    print(reply)\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 5000


def test_a_rule_without_permitted_clauses_gets_everyday_twins(constitution: Constitution) -> None:
    rules = tuple(replace(each, clauses=each.restricted) for each in constitution.rules)
    result = composed(replace(constitution, rules=rules), examples=100)
    assert result.summary()["kept_by_verdict"] == {"permitted": 50, "restricted": 50}


def test_a_rule_without_restricted_clauses_is_short_of_pairs_and_says_so(
    constitution: Constitution,
) -> None:
    rules = tuple(replace(each, clauses=each.permitted) for each in constitution.rules)
    result = composed(replace(constitution, rules=rules), examples=100)
    assert {each.reason for each in result.dropped} == {"too few items"}


def test_it_is_opened_by_name(constitution: Constitution) -> None:
    generator = open_generator("composed", constitution=constitution, policy=Path("p"), seed=4)
    assert generator.model == Composed(constitution, seed=4).model
