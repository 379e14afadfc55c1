"""One temperature that makes a classifier's confidence honest.

Takes logits and known verdicts of a validation set. Knows nothing about thresholds or files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewright.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewright.training.fine_tuning.labels import Labels

__all__ = ["COLDEST", "HOTTEST", "Calibration", "calibrate_temperature"]

COLDEST, HOTTEST = 0.05, 20.0
"""Bounds of the temperature."""


class Calibration(NamedTuple):
    """The temperature, and what it did to the log loss."""

    temperature: float
    """What logits are divided by."""
    n: int
    """Number of known verdicts it was fitted on."""
    loss_before: float | None
    """Mean log loss in nats at temperature 1, against the smoothed targets; None if not fitted."""
    loss_after: float | None
    reason: str | None
    """Why the temperature was left at 1; None when it was fitted."""


def calibrate_temperature(logits: NDArray[np.float64], labels: Labels) -> Calibration:
    """Fit the temperature of logits (n, rules) by maximum likelihood over all known verdicts.

    Temperature scaling (Guo et al. 2017, arXiv 1706.04599) for one sigmoid per rule, by L-BFGS in
    the inverse temperature, in which the loss is convex. Targets are Platt's (1999): with N
    restricted verdicts (N + 1) / (N + 2) instead of 1, and likewise for permitted. Without that a
    small set that the classifier separates perfectly would drive the temperature to its bound, and
    every score to exactly 0 or 1.

    Examples whose logits are not finite are left out. With one class only the temperature is 1.

    Raises:
        InputError: logits and labels differ in shape.
    """
    if logits.shape != labels.known.shape:
        raise InputError(f"logits of shape {logits.shape} for labels of shape {labels.known.shape}")
    usable = labels.known & np.isfinite(logits)
    z, truth = logits[usable], labels.restricted[usable] == 1
    counts = int(truth.sum()), int((~truth).sum())
    if min(counts) == 0:
        missing = "restricted" if counts[0] == 0 else "permitted"
        return Calibration(1.0, len(z), None, None, f"no {missing} verdicts to calibrate on")
    target = np.where(truth, (counts[0] + 1) / (counts[0] + 2), 1 / (counts[1] + 2))
    inverse = _fitted(z, target)
    before, after = (_loss(each, z, target)[0] for each in (1.0, inverse))
    return Calibration(1 / inverse, len(z), before, after, None)


def _fitted(z: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    from scipy.optimize import minimize

    bounds = [(1 / HOTTEST, 1 / COLDEST)]
    found = minimize(
        lambda b: _loss(float(b[0]), z, target), [1.0], jac=True, method="L-BFGS-B", bounds=bounds
    )
    return float(found.x[0])


def _loss(
    inverse: float, z: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Mean log loss of sigmoid(inverse z), and its derivative by `inverse`."""
    from scipy.special import expit

    scaled = inverse * z
    loss = np.mean(np.logaddexp(0, scaled) - target * scaled)
    return float(loss), np.array([np.mean((expit(scaled) - target) * z)])
