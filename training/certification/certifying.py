"""Certifying a gate: one temperature, one threshold to drop at, one to keep at, into its card.

Takes a gate bundle, pools it has never seen, and what it was trained on. The budget holds for the
gate as a whole: any rule that fires on a permitted text counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from gatewright.classifiers.bundle import Certificate, Thresholds, read_bundle, update_card
from gatewright.classifiers.deciding import probabilities
from gatewright.classifiers.scoring import Scorer
from gatewright.errors import QualityError
from gatewright.training.certification.calibration import Calibration, calibrate_temperature
from gatewright.training.certification.pools import Pool
from gatewright.training.certification.thresholds import certify_false_positives, certify_misses
from gatewright.training.evaluation.scores import score
from gatewright.training.examples import Example
from gatewright.training.fine_tuning.labels import label

__all__ = ["MISS_BUDGET", "Certification", "certify_gate"]

MISS_BUDGET = 0.1
"""Share of restricted text that may be kept, unless another is asked for."""


class Certification(NamedTuple):
    """What was written into the gate."""

    thresholds: Thresholds
    calibration: Calibration
    unscored: dict[str, int]
    """Examples of both pools that have no score, by reason: a gate is undecided about these."""


def certify_gate(
    folder: Path,
    *,
    benign: Pool,
    restricted: Pool,
    train: Sequence[Example],
    validation: Sequence[Example],
    budget: float = 0.05,
    confidence: float = 0.95,
    miss_budget: float | None = None,
    base: str | None = None,
) -> Certification:
    """Calibrate on the validation set, certify on the pools, and record both in the gate's card.

    What is counted is lineage groups, for siblings are not independent: a group of permitted
    examples has the score of its highest, a group of restricted ones that of its lowest.

    Args:
        folder: the gate bundle.
        benign: permitted examples, disjoint from train and validation.
        restricted: restricted examples, disjoint likewise.
        budget: share of permitted text that may be dropped.
        confidence: of both certificates.
        miss_budget: share of restricted text that may be kept; by default `MISS_BUDGET` if the
            pool can carry it, and otherwise no lower threshold, with the reason.
        base: where the base model is, if not where its name says.

    Raises:
        ArtefactError: the bundle or its base fails verification.
        InputError: a budget is out of range, or a pool has examples of the other verdict.
        QualityError: a pool overlaps with what was trained on, or is too small for its budget.
    """
    known = [*train, *validation]
    benign.refuse(known, restricted=False)
    restricted.refuse(known, restricted=True)
    scorer = Scorer.from_card(folder, read_bundle(folder), base)
    fitted_on = score(scorer, [each.fields for each in validation])
    calibration = calibrate_temperature(fitted_on.logits, label(validation, scorer.rules))
    # A gate is undecided about what has no score: it neither drops nor keeps it.
    permitted = _scored(scorer, benign, calibration.temperature, worst=max, unscored=0.0)
    refused = _scored(scorer, restricted, calibration.temperature, worst=min, unscored=1.0)
    drop = _certificate("false_positive_budget", permitted, budget, confidence)
    keep, reason = _keep(refused, miss_budget, drop)
    thresholds = Thresholds(drop=drop, keep=keep, keep_reason=reason)
    update_card(folder, temperature=calibration.temperature, thresholds=thresholds)
    unscored = Counter(permitted.unscored) + Counter(refused.unscored)
    return Certification(thresholds, calibration, dict(unscored))


class _ScoredPool(NamedTuple):
    pool: Pool
    by_group: list[float]
    """Of each lineage group, the score of the example the gate is most likely to get wrong."""
    unscored: dict[str, int]


def _scored(
    scorer: Scorer,
    pool: Pool,
    temperature: float,
    *,
    worst: Callable[[float, float], float],
    unscored: float,
) -> _ScoredPool:
    found = score(scorer, [each.fields for each in pool.examples])
    tops = probabilities(found.logits, temperature).max(axis=1)
    by_group: dict[str, float] = {}
    for example, top in zip(pool.examples, np.where(found.finite, tops, unscored), strict=True):
        by_group[example.group] = worst(by_group.get(example.group, float(top)), float(top))
    return _ScoredPool(pool, list(by_group.values()), found.reasons)


def _certificate(
    kind: Literal["false_positive_budget", "miss_budget"],
    scored: _ScoredPool,
    budget: float,
    confidence: float,
) -> Certificate:
    certify = certify_misses if kind == "miss_budget" else certify_false_positives
    return Certificate(
        kind=kind,
        budget=budget,
        confidence=confidence,
        pool_digest=scored.pool.digest,
        pool=scored.pool.words,
        **certify(scored.by_group, budget=budget, confidence=confidence)._asdict(),
    )


def _keep(
    scored: _ScoredPool, miss_budget: float | None, drop: Certificate
) -> tuple[Certificate | None, str | None]:
    """The lower threshold, or the reason why there is none."""
    asked = MISS_BUDGET if miss_budget is None else miss_budget
    try:
        keep = _certificate("miss_budget", scored, asked, drop.confidence)
    except QualityError as error:
        if miss_budget is not None:
            raise
        return None, str(error)
    if keep.threshold >= drop.threshold:
        return None, (
            "the drop threshold itself misses no more restricted text than the miss budget of "
            f"{100 * asked:.3g} % allows"
        )
    return keep, None
