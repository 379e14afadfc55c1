"""All metrics on one set: over the whole gate, by rule and by clause, as plain values.

Takes calibrated probabilities and labels. Every value that cannot be computed is null with its
reason: what `measure` returns is strict JSON. Knows nothing about models or files.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewright.training.evaluation.auprc import Auprc
from gatewright.training.evaluation.auroc import Auroc
from gatewright.training.evaluation.bootstrap import auprc_interval
from gatewright.training.evaluation.ece import Ece
from gatewright.training.evaluation.f1_at import F1At
from gatewright.training.evaluation.false_positive_rate import FalsePositiveRate
from gatewright.training.evaluation.inputs import Inputs, checked
from gatewright.training.evaluation.tpr_at_fpr import TprAtFpr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewright.training.fine_tuning.labels import Labels

__all__ = ["measure"]

_UNCERTIFIED = "the gate has no certified threshold"


def measure(
    scores: NDArray[np.float64],
    restricted: Sequence[bool],
    *,
    drop: float | None = None,
    keep: float | None = None,
    rules: Sequence[str] = (),
    labels: Labels | None = None,
    clauses: Sequence[str] | None = None,
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure a gate's scores against labels.

    Args:
        scores: (n, rules), probabilities of `restricted`; of the gate as a whole it is the highest
            over the rules that counts.
        restricted: n labels: whether any rule restricts the example.
        drop, keep: the gate's thresholds; without `drop`, what needs one is null.
        rules, labels: rule ids and verdicts by rule, for figures by rule; unknown ones left out.
        clauses: the clause each example was written for, for figures by clause (over all rules).
        groups: lineage groups, drawn whole for the 95 % interval of the overall AUPRC.
        seed: of that interval.

    Returns:
        `overall`, and `rules` and `clauses` by id where given. Each holds `n`, `restricted`, what
        is `dropped`, `undecided` and `kept` of either label, and metrics as `{"value": number}` or
        `{"value": null, "reason": text}`; AUPRC and false-positive rate have `low` and `high`.

    Raises:
        InputError: a score is not a finite number in [0, 1], or counts differ.
    """
    top = scores.max(axis=1)
    truth = np.asarray(restricted, dtype=bool)
    whole = checked(top, truth)
    block = partial(_block, drop=drop, keep=keep)
    measured = {"overall": block(whole)}
    _add_interval(measured["overall"]["auprc"], whole, groups, seed)
    if labels is not None:
        measured["rules"] = {
            rule: block(Inputs(scores[known, at], labels.restricted[known, at] == 1))
            for at, rule in enumerate(rules)
            for known in [labels.known[:, at]]
        }
    if clauses is not None:
        of = np.asarray(clauses)
        measured["clauses"] = {
            clause: block(Inputs(top[of == clause], truth[of == clause]))
            for clause in sorted(set(clauses))
        }
    return measured


def _block(given: Inputs, *, drop: float | None, keep: float | None) -> dict[str, Any]:
    # The folder satisfies `evaluate`, which makes one even for what it keeps in memory.
    with TemporaryDirectory() as folder:
        options = {"keep_in_memory": True, "cache_dir": folder}
        auroc, auprc, ece = Auroc(**options), Auprc(**options), Ece(**options)
        tpr, f1_at, rate = TprAtFpr(**options), F1At(**options), FalsePositiveRate(**options)
    return {
        "n": len(given.scores),
        "restricted": int(given.labels.sum()),
        **_decisions(given, drop, keep),
        "auroc": _only("auroc", _computed(auroc, given)),
        "auprc": _only("auprc", _computed(auprc, given)),
        "tpr_at_1_percent_fpr": _only("tpr", _computed(tpr, given, fpr=0.01)),
        "ece": _only("ece", _computed(ece, given)),
        **_at_threshold(given, f1_at, rate, drop),
    }


def _at_threshold(given: Inputs, f1_at: F1At, rate: FalsePositiveRate, drop: float | None) -> Any:
    names = ("f1", "precision", "recall", "false_positive_rate")
    if drop is None:
        return {name: {"value": None, "reason": _UNCERTIFIED} for name in names}
    found = _computed(f1_at, given, threshold=drop)
    falsely = _computed(rate, given, threshold=drop)
    interval = {name: falsely[name] for name in ("low", "high", "k", "n")}
    return {name: _only(name, found) for name in names[:3]} | {
        names[3]: _only(names[3], falsely) | interval
    }


def _decisions(given: Inputs, drop: float | None, keep: float | None) -> dict[str, Any]:
    """Counts of the gate's decisions, by what the examples really are."""
    if drop is None:
        return {}
    lower = drop if keep is None else keep

    def counted(which: NDArray[np.float64]) -> dict[str, int]:
        dropped, kept = int((which > drop).sum()), int((which <= lower).sum())
        return {"dropped": dropped, "undecided": len(which) - dropped - kept, "kept": kept}

    return {
        "decisions": {
            "restricted": counted(given.restricted),
            "permitted": counted(given.permitted),
        }
    }


def _computed(metric: Any, given: Inputs, **options: float) -> dict[str, Any]:
    if not len(given.scores):
        # An empty table has no columns, and `evaluate` asks for them.
        return metric._compute(predictions=[], references=[], **options)  # type: ignore[no-any-return]
    labels = given.labels.astype(np.int64)
    return metric.compute(predictions=given.scores, references=labels, **options)  # type: ignore[no-any-return]


def _only(name: str, found: dict[str, Any]) -> dict[str, Any]:
    value = found[name]
    return {"value": value} if value is not None else {"value": None, "reason": found["reason"]}


def _add_interval(
    auprc: dict[str, Any], given: Inputs, groups: Sequence[Hashable] | None, seed: int
) -> None:
    interval = auprc_interval(given, groups, seed=seed)
    if auprc["value"] is not None and interval is not None:
        auprc |= interval._asdict()
