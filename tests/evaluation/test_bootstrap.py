"""The interval of AUPRC: right values, repeatable, and wider when siblings are not independent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from gatewright.training.evaluation import bootstrap
from gatewright.training.evaluation.bootstrap import auprc_interval
from gatewright.training.evaluation.inputs import Inputs


@pytest.fixture
def drawn() -> Inputs:
    generator = np.random.default_rng(0)
    labels = generator.random(200) < 0.4
    return Inputs(np.round(generator.normal(labels, 0.8), 1), labels)


def test_each_resample_is_the_average_precision_of_its_draw(
    drawn: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    values: list[Any] = []
    original = bootstrap._average_precision

    def noted(restricted: Any, permitted: Any, steps: Any) -> float | None:
        value = original(restricted, permitted, steps)
        values.append((restricted + permitted, value))
        return value

    monkeypatch.setattr(bootstrap, "_average_precision", noted)
    auprc_interval(drawn, resamples=50)
    order = np.argsort(-drawn.scores, kind="stable")
    for weights, value in values:
        expected = average_precision_score(
            drawn.labels[order], drawn.scores[order], sample_weight=weights
        )
        assert value == pytest.approx(expected)


def test_the_interval_surrounds_the_value_and_repeats(drawn: Inputs) -> None:
    interval = auprc_interval(drawn)
    assert interval is not None
    assert interval.low < average_precision_score(drawn.labels, drawn.scores) < interval.high
    assert auprc_interval(drawn) == interval
    assert auprc_interval(drawn, seed=1) != interval


def test_siblings_count_as_one(drawn: Inputs) -> None:
    four = Inputs(np.repeat(drawn.scores, 4), np.repeat(drawn.labels, 4))
    groups = np.repeat(np.arange(len(drawn.scores)), 4).tolist()
    alone, together = auprc_interval(four), auprc_interval(four, groups)
    single = auprc_interval(drawn)
    assert alone is not None
    assert together is not None
    assert single is not None
    assert together == pytest.approx(single)
    assert alone.high - alone.low < 0.7 * (together.high - together.low)


@pytest.mark.parametrize("label", [True, False])
def test_one_class_has_no_interval(label: bool) -> None:
    assert auprc_interval(Inputs(np.array([0.1, 0.2]), np.array([label, label]))) is None


def test_when_most_resamples_lack_a_class_there_is_no_interval() -> None:
    # Of 200 draws from 200 examples 37 % miss the one restricted example; of two examples half
    # the draws do, and of three groups, one of them with all restricted ones, 30 %.
    lonely = Inputs(np.array([0.9, 0.1]), np.array([True, False]))
    assert auprc_interval(lonely, [0, 1], resamples=2001) is None
    assert auprc_interval(lonely, ["both", "both"]) == (1.0, 1.0)
