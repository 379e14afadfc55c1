"""What a gate says about texts, one by one and together, however broken they are."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatewright.classifiers.bundle import find_bundle
from gatewright.classifiers.deciding import decide, probabilities
from gatewright.classifiers.gate import Gate
from gatewright.classifiers.gate_card import Thresholds
from gatewright.errors import ArtefactError, InputError, QualityError

BROKEN: list[tuple[Any, str]] = [
    (None, "missing"),
    (7, "not text"),
    (math.nan, "not text"),
    ([], "not text"),
    ({"text": "x"}, "not text"),
    (b"bytes", "not text"),
    ("", "empty"),
    (" \n\t ", "empty"),
    ("\u200b\ufeff", "empty"),
    ("x" * 200_001, "over-long"),
    ("\ufdfa" * 20_000, "over-long"),
]


def test_every_decision_occurs_and_says_why(gate: Gate, texts: list[str]) -> None:
    verdicts = gate.judge(texts)
    drop, keep = gate.thresholds.drop, gate.thresholds.keep
    assert keep is not None
    assert {verdict.decision for verdict in verdicts} == {"kept", "dropped", "undecided"}
    for verdict in verdicts:
        top = max(verdict.scores.values())
        assert verdict.rule is not None
        assert verdict.scores[verdict.rule] == top
        assert verdict.rule in verdict.reason
        assert verdict.gate == gate.digest
        expected = (
            "dropped" if top > drop.threshold else "undecided" if top > keep.threshold else "kept"
        )
        assert verdict.decision == expected


def test_one_text_is_judged_as_in_a_batch(gate: Gate, texts: list[str]) -> None:
    together = gate.judge(texts)
    for text, verdict in zip(texts, together, strict=True):
        alone = gate(text)
        assert alone.decision == verdict.decision
        for rule, score in verdict.scores.items():
            assert alone.scores[rule] == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(("text", "kind"), BROKEN, ids=[kind for _, kind in BROKEN])
def test_a_broken_row_is_undecided_and_spoils_no_other(gate: Gate, text: Any, kind: str) -> None:
    before, broken, after = gate.judge(["kill you", text, "good cat"])
    assert broken.decision == "undecided"
    assert broken.reason.startswith(f"{kind}: ")
    assert (broken.scores, broken.rule, broken.threshold) == ({}, None, None)
    assert (before.decision, after.decision) == (
        gate("kill you").decision,
        gate("good cat").decision,
    )


@pytest.mark.parametrize(
    "text", ["\ud800 kill", "kill\x00 you", "\U000e0041kill", "x" * 5000, "a\u0301" * 99]
)
def test_strange_characters_are_scored(gate: Gate, text: str) -> None:
    assert len(gate(text).scores) == 2


def test_no_texts_give_no_verdicts(gate: Gate) -> None:
    assert gate.judge([]) == []


def test_an_exchange_needs_its_prompts(exchange_gate: Gate) -> None:
    assert exchange_gate("answer", prompt="prompt").scores
    assert exchange_gate("answer", prompt="").scores
    assert exchange_gate("", prompt="prompt").reason.startswith("empty: ")
    assert exchange_gate.judge(["answer"], [None])[0].reason == "missing: there is no prompt"
    with pytest.raises(InputError, match="not none"):
        exchange_gate.judge(["answer"])
    with pytest.raises(InputError, match="1 texts, not 2"):
        exchange_gate.judge(["answer"], ["one", "two"])


def test_prompts_are_refused_where_they_are_not_read(gate: Gate) -> None:
    with pytest.raises(InputError, match="leave the prompts away"):
        gate("text", prompt="prompt")


def test_a_single_string_is_not_taken_for_a_list(gate: Gate) -> None:
    with pytest.raises(InputError, match="list of texts"):
        gate.judge("text")


def test_an_uncertified_gate_decides_nothing(bundle: Path, base_folder: Path) -> None:
    with pytest.raises(QualityError, match="gatewright certify"):
        Gate.load(bundle, base=str(base_folder))


def test_the_folder_of_a_run_leads_to_its_gate(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()
    assert find_bundle(tmp_path) == tmp_path
    (tmp_path / "gate" / "gate.json").write_text("{}")
    assert find_bundle(tmp_path) == tmp_path / "gate"
    assert find_bundle(tmp_path / "gate") == tmp_path / "gate"
    with pytest.raises(ArtefactError, match="not a card"):
        Gate.load(tmp_path)


def test_a_gate_can_be_pickled(gate: Gate, texts: list[str]) -> None:
    copy = pickle.loads(pickle.dumps(gate))
    assert copy.judge(texts) == gate.judge(texts)


Make = Callable[[float, float | None], Thresholds]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_decides_nothing(thresholds: Make, bad: float) -> None:
    verdict = decide(np.array([0.99, bad]), ("a", "b"), thresholds(0.8, 0.2), gate="g")
    assert verdict.decision == "undecided"
    assert verdict.reason == "no score: the model gives no number for b"


def test_a_threshold_itself_is_not_above_it(thresholds: Make) -> None:
    def decision(score: float, keep: float | None) -> str:
        return decide(np.array([score]), ("a",), thresholds(0.8, keep), gate="g").decision

    assert decision(0.8, 0.2) == "undecided"
    assert decision(np.nextafter(0.8, 1), 0.2) == "dropped"
    assert decision(0.2, 0.2) == "kept"
    assert decision(0.79, None) == "kept"


def test_probabilities_do_not_overflow() -> None:
    scores = probabilities(np.array([-1e6, 0.0, 2.0, 1e6]), 2.0)
    assert scores == pytest.approx([0.0, 0.5, 1 / (1 + math.exp(-1)), 1.0])


def test_logits_that_are_no_numbers_are_not_made_into_some() -> None:
    assert np.isnan(probabilities(np.array([math.nan, math.inf, -math.inf]), 1.0)).all()
