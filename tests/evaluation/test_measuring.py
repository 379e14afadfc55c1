"""All metrics at once: over the gate, by rule, by clause, and strict JSON whatever is missing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import InputError
from gatewright.training.evaluation import measure
from gatewright.training.fine_tuning.labels import Labels

SCORES = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.1], [0.1, 0.6], [0.6, 0.2], [0.1, 0.1]])
RESTRICTED = [True, True, True, False, False, False]
METRICS = (
    "auroc",
    "auprc",
    "tpr_at_1_percent_fpr",
    "ece",
    "f1",
    "precision",
    "recall",
    "false_positive_rate",
)


def test_the_highest_rule_speaks_for_the_gate() -> None:
    found = measure(SCORES, RESTRICTED, drop=0.5, keep=0.2)["overall"]
    assert (found["n"], found["restricted"]) == (6, 3)
    assert found["auroc"]["value"] == pytest.approx(7 / 9)
    assert found["recall"]["value"] == pytest.approx(2 / 3)
    assert found["precision"]["value"] == pytest.approx(1 / 2)
    assert (found["false_positive_rate"]["k"], found["false_positive_rate"]["n"]) == (2, 3)
    assert found["decisions"] == {
        "restricted": {"dropped": 2, "undecided": 1, "kept": 0},
        "permitted": {"dropped": 2, "undecided": 0, "kept": 1},
    }


def test_without_a_keep_threshold_nothing_is_undecided() -> None:
    decisions = measure(SCORES, RESTRICTED, drop=0.5)["overall"]["decisions"]
    assert decisions["restricted"] == {"dropped": 2, "undecided": 0, "kept": 1}


def test_a_score_at_a_threshold_is_not_above_it() -> None:
    decisions = measure(SCORES, RESTRICTED, drop=0.9, keep=0.3)["overall"]["decisions"]
    assert decisions["restricted"] == {"dropped": 0, "undecided": 2, "kept": 1}


def test_rules_are_measured_where_their_verdict_is_known() -> None:
    restricted = np.array([[1, 0], [0, 1], [1, 0], [0, 0], [0, 0], [0, 0]], dtype=np.float32)
    known = np.array([[1, 0], [0, 1], [1, 0], [1, 1], [1, 1], [1, 1]], dtype=bool)
    found = measure(
        SCORES, RESTRICTED, drop=0.5, rules=["a", "b"], labels=Labels(restricted, known)
    )["rules"]
    assert {rule: (each["n"], each["restricted"]) for rule, each in found.items()} == {
        "a": (5, 2),
        "b": (4, 1),
    }
    assert found["b"]["auroc"]["value"] == 1.0
    assert found["a"]["recall"]["value"] == 0.5


def test_clauses_are_measured_over_the_whole_gate() -> None:
    clauses = ["r/x", "r/y", "r/x", "r/z", "r/x", "r/z"]
    found = measure(SCORES, RESTRICTED, drop=0.5, clauses=clauses)["clauses"]
    assert list(found) == ["r/x", "r/y", "r/z"]
    assert found["r/y"]["recall"] == {"value": 1.0}
    assert found["r/y"]["auroc"] == {"value": None, "reason": "no permitted examples"}
    assert found["r/z"]["false_positive_rate"]["value"] == 0.5
    assert found["r/z"]["recall"] == {"value": None, "reason": "no restricted examples"}


def test_an_uncertified_gate_has_no_figures_at_a_threshold() -> None:
    found = measure(SCORES, RESTRICTED)["overall"]
    assert "decisions" not in found
    for name in ("f1", "precision", "recall", "false_positive_rate"):
        assert found[name] == {"value": None, "reason": "the gate has no certified threshold"}
    assert found["auroc"]["value"] is not None


def test_groups_widen_the_interval_of_auprc() -> None:
    generator = np.random.default_rng(0)
    restricted = np.repeat(generator.random(60) < 0.5, 5)
    scores = np.clip(np.repeat(generator.normal(0.5, 0.2, 60), 5) + 0.1 * restricted, 0, 1)[:, None]
    alone = measure(scores, restricted.tolist())["overall"]["auprc"]
    together = measure(scores, restricted.tolist(), groups=np.repeat(np.arange(60), 5).tolist())[
        "overall"
    ]["auprc"]
    assert alone["value"] == together["value"]
    assert together["low"] < alone["low"] < alone["value"] < alone["high"] < together["high"]


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_whatever_is_missing_the_result_is_strict_json(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 6))
    numbers = st.sampled_from([0.0, 0.3, 1.0])
    scores = np.array(data.draw(st.lists(numbers, min_size=2 * n, max_size=2 * n))).reshape(n, 2)
    restricted = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    drop = data.draw(st.none() | numbers)
    labels = Labels(np.zeros((n, 2), dtype=np.float32), np.zeros((n, 2), dtype=bool))
    found = measure(
        scores, restricted, drop=drop, rules=["a", "b"], labels=labels, clauses=["r/c"] * n
    )
    json.dumps(found, allow_nan=False)
    for block in (found["overall"], *found["rules"].values(), *found["clauses"].values()):
        for name in METRICS:
            value: float | None = block[name]["value"]
            reason: Any = block[name].get("reason")
            assert (value is None) == bool(reason), name
            assert value is None or (math.isfinite(value) and 0 <= value <= 1)


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="not finite"):
        measure(np.array([[0.5], [np.nan]]), [True, False])


def test_measuring_leaves_no_files_and_needs_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate.config, "HF_METRICS_CACHE", tmp_path / "metrics")
    measure(SCORES, RESTRICTED, drop=0.5)
    assert list(tmp_path.iterdir()) == []
