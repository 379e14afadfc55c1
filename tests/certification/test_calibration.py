"""One temperature: the one that was applied, within bounds, and 1 where there is nothing to fit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gatewright.errors import InputError
from gatewright.training.certification import calibrate_temperature
from gatewright.training.fine_tuning.labels import Labels


def labels(restricted: Any, known: Any = None) -> Labels:
    restricted = np.asarray(restricted, dtype=np.float32)
    known = np.ones_like(restricted, dtype=bool) if known is None else np.asarray(known, dtype=bool)
    return Labels(restricted * known, known)


def sample(temperature: float, n: int = 4000) -> tuple[Any, Labels]:
    """Logits of two rules that are too large by `temperature`."""
    generator = np.random.default_rng(0)
    honest = generator.normal(0, 2, (n, 2))
    return temperature * honest, labels(generator.random((n, 2)) < 1 / (1 + np.exp(-honest)))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_temperature_that_was_applied_is_found(temperature: float) -> None:
    found = calibrate_temperature(*sample(temperature))
    assert found.temperature == pytest.approx(temperature, rel=0.05)
    assert (found.n, found.reason) == (8000, None)
    assert found.loss_before is not None
    assert found.loss_after is not None
    assert found.loss_after <= found.loss_before + 1e-12


def test_unknown_verdicts_and_broken_logits_are_left_out() -> None:
    logits, given = sample(3.0, n=500)
    expected = calibrate_temperature(logits, given)
    more = np.concatenate([logits, [[50.0, np.nan], [np.inf, -50.0]]])
    known = np.concatenate([given.known, [[False, True], [True, False]]])
    restricted = np.concatenate([given.restricted, [[0, 1], [0, 0]]])
    assert calibrate_temperature(more, labels(restricted, known)) == expected


def test_a_perfectly_separated_set_does_not_saturate_the_scores() -> None:
    truth = np.arange(60) % 2
    found = calibrate_temperature(np.where(truth, 8.0, -8.0)[:, None], labels(truth[:, None]))
    # Thirty of thirty right allow no more confidence than 31 in 32.
    assert 1 / (1 + math.exp(-8.0 / found.temperature)) == pytest.approx(31 / 32, abs=1e-3)


@pytest.mark.parametrize(("scale", "bound"), [(1e-3, 0.05), (-1.0, 20.0), (1e4, 20.0)])
def test_the_temperature_stays_within_its_bounds(scale: float, bound: float) -> None:
    logits, given = sample(1.0, n=300)
    assert calibrate_temperature(scale * logits, given).temperature == pytest.approx(bound)


@pytest.mark.parametrize(("label", "missing"), [(0, "restricted"), (1, "permitted")])
def test_one_class_leaves_the_temperature_at_one(label: int, missing: str) -> None:
    found = calibrate_temperature(np.ones((5, 1)), labels(np.full((5, 1), label)))
    assert found == (1.0, 5, None, None, f"no {missing} verdicts to calibrate on")


def test_nothing_leaves_the_temperature_at_one() -> None:
    assert calibrate_temperature(np.empty((0, 2)), labels(np.empty((0, 2)))).temperature == 1.0


def test_shapes_must_agree() -> None:
    with pytest.raises(InputError, match=r"\(2, 1\) for labels of shape \(3, 1\)"):
        calibrate_temperature(np.ones((2, 1)), labels(np.ones((3, 1))))
