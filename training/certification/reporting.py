"""The figures of a run: its gate, measured on the examples it was certified with.

Takes a run folder; leaves its `metrics.json`. Knows nothing about other data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gatewright.artefacts import write_json
from gatewright.classifiers.bundle import GateCard, Thresholds, read_bundle
from gatewright.classifiers.deciding import probabilities
from gatewright.classifiers.scoring import Scorer
from gatewright.training.certification.pools import certification_pools
from gatewright.training.curation.curating import load
from gatewright.training.evaluation.measuring import measure
from gatewright.training.evaluation.scores import score
from gatewright.training.examples import Example
from gatewright.training.fine_tuning.labels import label

__all__ = ["report_metrics"]


def report_metrics(run: Path, *, base: str | None = None) -> dict[str, Any]:
    """Measure RUN/gate on RUN/curated/certification.parquet, and write RUN/metrics.json.

    Returns:
        What was written: the gate's digest, what it was measured on and what that is worth, the
        certificates, and `measure`'s figures overall, by rule and by clause. Never NaN.

    Raises:
        ArtefactError: the gate, its base or the curated examples fail verification.
    """
    split, card = load(run / "curated"), read_bundle(run / "gate")
    scorer = Scorer.from_card(run / "gate", card, base)
    scored = score(scorer, [each.fields for each in split.certification])
    usable = np.flatnonzero(scored.finite)
    report = {
        "gate": card.digest,
        "measured_on": "the certification split: examples of lineage groups never trained on",
        "note": _note(card.thresholds, certification_pools(split)[0].words),
        "temperature": card.temperature,
        "certificates": card.thresholds.model_dump(mode="json") if card.thresholds else None,
        "unscored": scored.reasons,
        **_measured(card, scored.logits[usable], [split.certification[at] for at in usable]),
    }
    write_json(run / "metrics.json", report)
    return report


def _measured(card: GateCard, logits: Any, examples: list[Example]) -> dict[str, Any]:
    thresholds, labels = card.thresholds, label(examples, card.rules)
    return measure(
        probabilities(logits, card.temperature),
        [each.restricted for each in examples],
        drop=thresholds.drop.threshold if thresholds else None,
        keep=thresholds.keep.threshold if thresholds and thresholds.keep else None,
        rules=card.rules,
        labels=labels,
        clauses=[each.clause for each in examples],
        groups=[each.group for each in examples],
    )


def _note(thresholds: Thresholds | None, words: str) -> str:
    if thresholds is None:
        return "The gate is not certified; nothing here was chosen on these examples."
    chosen = []
    if thresholds.drop.pool == words:
        chosen.append("the drop threshold on the permitted ones")
    if thresholds.keep is not None:
        chosen.append("the keep threshold on the restricted ones")
    if not chosen:
        return "No threshold was chosen on these examples."
    return (
        f"Chosen on these examples: {' and '.join(chosen)}. Rates at a threshold are not "
        "independent of the side it was chosen on; its certificate accounts for that. AUROC, AUPRC "
        "and TPR at 1 % FPR depend on no threshold."
    )
