"""Runs a study: trains and certifies the gate, scores public sets, and compares with the floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.averaging import over_seeds
from benchmarks.building import build
from benchmarks.contenders import Contender, floor_contender, gate_contender, pool_of
from benchmarks.public_sets import PublicSet, read_set
from benchmarks.studies import Goal, Study
from gatewright.constitution import Constitution
from gatewright.training.curation.curating import load
from gatewright.training.evaluation import measure

__all__ = ["measure_study"]

_METRICS = ("auprc", "auroc", "f1", "precision", "recall", "false_positive_rate")


def measure_study(study: Study, data: Path, run: Path) -> dict[str, Any]:
    """Everything one study prints and stores, as plain values.

    What is learned with several seeds is the mean over them, with each seed's figure beside it.

    Args:
        data: folder of public sets.
        run: run folder of the gate; finished stages in it are not done again.
    """
    folders = build(study, data, run)
    constitution = Constitution.load(run / "constitution.md")
    split = load(run / "curated")
    pool = pool_of(study, split, data, constitution.rule_ids)
    sets = [read_set(data, name, constitution.fields) for name in study.sets]
    contenders = {"floor": [floor_contender(split, pool, study.budget)]}
    contenders |= {
        name: [gate_contender(each / "gate") for each in seeds] for name, seeds in folders.items()
    }
    measured = {
        name: over_seeds([_figures(study, who, sets) for who in seeds])
        for name, seeds in contenders.items()
    }
    return {
        "constitution": study.constitution,
        "seeds": study.seeds,
        "examples": {name: len(part) for name, part in split._asdict().items()},
        "pool": {"words": pool.words, "budget": study.budget},
        "sets": {
            each.name: {
                "n": len(each.labels),
                "restricted": sum(each.labels),
                **({"rule": study.rules[each.name]} if each.name in study.rules else {}),
                **{name: found[each.name] for name, found in measured.items()},
                "length_auroc": _length_auroc(each.items, each.labels),
            }
            for each in sets
        },
        "held_out": _held_out(split.certification, contenders),
        "goals": [_judged(goal, measured["gate"]) for goal in study.goals],
    }


def _figures(study: Study, who: Contender, sets: Iterable[PublicSet]) -> dict[str, dict[str, Any]]:
    found = {}
    for each in sets:
        scores = who.score(each.items, study.rules.get(each.name))
        overall = measure(
            scores[:, np.newaxis], [label == 1 for label in each.labels], drop=who.threshold
        )["overall"]
        found[each.name] = {name: overall[name] for name in _METRICS}
    return found


def _held_out(examples: Any, contenders: Mapping[str, Sequence[Contender]]) -> dict[str, Any]:
    """The same on synthetic examples held out by lineage: the gap to public sets is the price of
    never having seen a real one."""
    items = [each.fields for each in examples]
    labels = [each.restricted for each in examples]
    aurocs = {
        name: fmean(
            float(roc_auc_score(labels, who.score(items, None))) for who in contenders[name]
        )
        for name in ("gate", "floor")
    }
    return {"n": len(labels), "auroc": aurocs, "length_auroc": _length_auroc(items, labels)}


def _length_auroc(items: Any, labels: Any) -> float | None:
    """What the length of the judged text alone knows; .5 is nothing."""
    if len(set(labels)) < 2:
        return None
    return float(roc_auc_score(labels, [len(list(item.values())[-1]) for item in items]))


def _judged(goal: Goal, gate: dict[str, dict[str, Any]]) -> dict[str, Any]:
    value = gate[goal.set][goal.metric]["value"]
    met = value >= goal.value if goal.at_least else value <= goal.value
    bound = "at_least" if goal.at_least else "at_most"
    return {
        "set": goal.set,
        "metric": goal.metric,
        bound: goal.value,
        "measured": value,
        "met": met,
    }
