"""The two that are compared: the gate, and a bag of words trained and certified the same way.

Both give one score in [0, 1] per item and have a threshold certified on the same pool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from benchmarks.floor import floor_scores, train_floor
from benchmarks.studies import Study
from gatewright.classifiers.bundle import read_bundle
from gatewright.classifiers.deciding import probabilities
from gatewright.classifiers.scoring import Scorer
from gatewright.training.certification import (
    Pool,
    benign_pool,
    certification_pools,
    certify_false_positives,
)
from gatewright.training.curation.splitting import Split

__all__ = ["Contender", "floor_contender", "gate_contender", "pool_of"]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that scores items, and the threshold above which it drops them."""

    score: Callable[[Sequence[Mapping[str, str]], str | None], NDArray[np.float64]]
    """Of items; by one rule, where one is named, else by whichever of all restricts most."""
    threshold: float


def gate_contender(folder: Path) -> Contender:
    """The certified gate of a run."""
    card = read_bundle(folder)
    scorer = Scorer.from_card(folder, card)
    assert card.thresholds is not None

    def score(items: Sequence[Mapping[str, str]], rule: str | None = None) -> NDArray[np.float64]:
        found = probabilities(scorer.logits(items), card.temperature)
        chosen = found[:, scorer.rules.index(rule)] if rule else found.max(axis=1)
        return np.asarray(chosen, dtype=np.float64)

    return Contender(score, card.thresholds.drop.threshold)


def floor_contender(split: Split, pool: Pool, budget: float) -> Contender:
    """TF-IDF and logistic regression on the gate's own training split."""
    models: dict[str | None, Pipeline] = {None: train_floor(split.train)}

    def score(items: Sequence[Mapping[str, str]], rule: str | None = None) -> NDArray[np.float64]:
        if rule not in models:
            models[rule] = train_floor(split.train, rule)
        return floor_scores(models[rule], items)

    by_group: dict[str, float] = {}
    for example, value in zip(
        pool.examples, score([each.fields for each in pool.examples]), strict=True
    ):
        by_group[example.group] = max(float(value), by_group.get(example.group, 0.0))
    certified = certify_false_positives(
        list(by_group.values()), budget=budget, confidence=CONFIDENCE
    )
    return Contender(score, certified.threshold)


def pool_of(study: Study, split: Split, data: Path, rules: Sequence[str]) -> Pool:
    """What both are certified on, without anything trained on."""
    if study.benign is None:
        return certification_pools(split)[0]
    pool = benign_pool(data / f"{study.benign}.jsonl", judges="prompt", rules=rules, text="text")
    return pool.apart_from([*split.train, *split.validation])
