"""Every metric against a reference, and against what it must refuse or leave open."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score, roc_curve

from gatewright.errors import InputError
from gatewright.training.evaluation import (
    Auprc,
    Auroc,
    Ece,
    F1At,
    FalsePositiveRate,
    TprAtFpr,
)

OPTIONS: dict[type, dict[str, float]] = {
    Auroc: {},
    Auprc: {},
    Ece: {},
    F1At: {"threshold": 0.5},
    FalsePositiveRate: {"threshold": 0.5},
    TprAtFpr: {"fpr": 0.1},
}
METRICS = [pytest.param(metric, id=metric.__name__) for metric in OPTIONS]

# Few different scores, so that ties are common.
ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]), st.booleans()),
    min_size=2,
    max_size=40,
).filter(lambda rows: len({label for _, label in rows}) == 2)


def columns(rows: list[tuple[float, bool]]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    scores, labels = zip(*rows, strict=True)
    return np.array(scores), np.array(labels, dtype=int)


def computed(metric: type, scores: Any, labels: Any, **options: float) -> dict[str, Any]:
    found: dict[str, Any] = metric(keep_in_memory=True).compute(
        predictions=scores, references=labels, **{**OPTIONS[metric], **options}
    )
    return found


@given(ROWS)
@settings(max_examples=30, deadline=None)
def test_auroc_and_auprc_equal_sklearn(rows: list[tuple[float, bool]]) -> None:
    scores, labels = columns(rows)
    assert computed(Auroc, scores, labels)["auroc"] == pytest.approx(roc_auc_score(labels, scores))
    expected = average_precision_score(labels, scores)
    assert computed(Auprc, scores, labels)["auprc"] == pytest.approx(expected)


@given(ROWS, st.sampled_from([0.05, 0.25, 0.5, 0.95]))
@settings(max_examples=30, deadline=None)
def test_f1_equals_sklearn_with_a_strict_threshold(
    rows: list[tuple[float, bool]], threshold: float
) -> None:
    scores, labels = columns(rows)
    found = computed(F1At, scores, labels, threshold=threshold)
    assert found["f1"] == pytest.approx(f1_score(labels, scores > threshold, zero_division=0))


@given(ROWS, st.sampled_from([0.0, 0.01, 0.07, 0.25, 0.5, 1.0]))
@settings(max_examples=40, deadline=None)
def test_tpr_is_the_highest_point_of_the_roc_curve_within_the_rate(
    rows: list[tuple[float, bool]], fpr: float
) -> None:
    scores, labels = columns(rows)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    expected = max(t for f, t in zip(false, true, strict=True) if f <= fpr + 1e-9)
    assert computed(TprAtFpr, scores, labels, fpr=fpr)["tpr"] == pytest.approx(expected)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40),
    st.integers(1, 20),
)
@settings(max_examples=30, deadline=None)
def test_ece_is_the_weighted_gap_over_bins(rows: list[tuple[float, bool]], bins: int) -> None:
    assume(len({label for _, label in rows}) == 2)
    # A score on the border of two bins may fall to either by rounding.
    assume(all(abs(p * bins - round(p * bins)) > 1e-9 or p in (0, 1) for p, _ in rows))
    expected = 0.0
    for low, high in pairwise(at / bins for at in range(bins + 1)):
        inside = [(p, y) for p, y in rows if low <= p < high or high == 1 == p]
        if inside:
            gap = np.mean([p for p, _ in inside]) - np.mean([y for _, y in inside])
            expected += len(inside) / len(rows) * abs(float(gap))
    assert computed(Ece, *columns(rows), bins=bins)["ece"] == pytest.approx(expected, abs=1e-9)


def test_ece_of_a_calibrated_and_of_an_overconfident_score() -> None:
    labels = [1] * 9 + [0]
    assert computed(Ece, [0.9] * 10, labels)["ece"] == pytest.approx(0)
    assert computed(Ece, [1.0] * 10, labels)["ece"] == pytest.approx(0.1)


def test_false_positive_rate_with_its_interval() -> None:
    scores, labels = [0.9, *[0.1] * 59, 0.8], [0] * 60 + [1]
    found = computed(FalsePositiveRate, scores, labels)
    assert (found["k"], found["n"]) == (1, 60)
    assert found["false_positive_rate"] == pytest.approx(1 / 60)
    assert (found["low"], found["high"]) == (
        pytest.approx(0.00042, abs=1e-5),
        pytest.approx(0.0894, abs=1e-4),
    )


def test_precision_is_open_when_nothing_is_dropped() -> None:
    found = computed(F1At, [0.1, 0.2], [0, 1])
    assert found == {
        "f1": 0.0,
        "precision": None,
        "recall": 0.0,
        "reason": "nothing scores above the threshold",
    }


def test_restricted_examples_alone_still_have_a_recall() -> None:
    found = computed(F1At, [0.9, 0.2], [1, 1])
    assert found == {
        "f1": None,
        "precision": None,
        "recall": 0.5,
        "reason": "no permitted examples",
    }


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("label", [0, 1])
def test_one_class_leaves_a_reason_and_never_nan(metric: type, label: int) -> None:
    found = computed(metric, [0.2, 0.7], [label, label])
    json.dumps(found, allow_nan=False)
    if (metric, label) == (FalsePositiveRate, 0):
        assert (found["false_positive_rate"], found["reason"]) == (0.5, None)
    else:
        missing = "restricted" if label == 0 else "permitted"
        assert found["reason"] == f"no {missing} examples"
        assert next(iter(found.values())) is None


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_number_is_refused(metric: type, wrong: float) -> None:
    with pytest.raises(InputError, match="1 of 3 scores are not finite"):
        computed(metric, [0.1, wrong, 0.3], [0, 1, 0])


@pytest.mark.parametrize("metric", METRICS)
def test_a_label_beyond_0_and_1_is_refused(metric: type) -> None:
    with pytest.raises(InputError, match="not 2"):
        computed(metric, [0.1, 0.2], [0, 2])


def test_ece_refuses_what_is_not_a_probability() -> None:
    with pytest.raises(InputError, match="probabilities"):
        computed(Ece, [0.5, 1.5], [0, 1])


@pytest.mark.parametrize("metric", METRICS)
def test_metrics_are_modules_of_evaluate_with_batches_and_a_card(
    metric: type, tmp_path: Path
) -> None:
    scores, labels = [0.2, 0.9, 0.4, 0.6], [0, 1, 0, 1]
    module: Any = metric(cache_dir=str(tmp_path))
    assert isinstance(module, evaluate.Metric)
    assert {name: feature.dtype for name, feature in module.features.items()} == {
        "predictions": "float64",
        "references": "int64",
    }
    module.add_batch(predictions=scores[:2], references=labels[:2])
    module.add_batch(predictions=scores[2:], references=labels[2:])
    assert module.compute(**OPTIONS[metric]) == computed(metric, scores, labels)


def test_metrics_combine(tmp_path: Path) -> None:
    both = evaluate.combine([Auroc(cache_dir=str(tmp_path)), Auprc(cache_dir=str(tmp_path))])
    found = both.compute(predictions=[0.2, 0.9], references=[0, 1])
    assert (found["auroc"], found["auprc"]) == (1.0, 1.0)
