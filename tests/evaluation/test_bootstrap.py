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


@pytest.mark.parametrize("restricted", [0, 4, 46, 50])
def test_a_class_in_few_groups_has_no_interval(restricted: int) -> None:
    labels = np.arange(50) < restricted
    assert auprc_interval(Inputs(np.linspace(0, 1, 50), labels)) is None


def test_siblings_do_not_make_a_class_larger(drawn: Inputs) -> None:
    groups = [f"group {at % 4}" if label else at for at, label in enumerate(drawn.labels)]
    assert auprc_interval(drawn, groups) is None
