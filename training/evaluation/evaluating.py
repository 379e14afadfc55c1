"""A gate measured on a labelled file of the user's own.

Takes the gate's folder and the file. Every row is measured, or counted with the reason why not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gatewright.classifiers.bundle import find_bundle, read_bundle
from gatewright.classifiers.columns import columns_of
from gatewright.classifiers.deciding import probabilities
from gatewright.classifiers.scoring import Scorer
from gatewright.constitution.records import FIELDS
from gatewright.training.evaluation.labelled import read_labelled
from gatewright.training.evaluation.measuring import measure
from gatewright.training.evaluation.scores import score

__all__ = ["evaluate_gate"]


def evaluate_gate(
    gate: Path,
    file: Path,
    *,
    label: str = "label",
    text: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    base: str | None = None,
) -> dict[str, Any]:
    """Score the rows of a JSONL or Parquet file, and measure the scores against their labels.

    Args:
        label: column of the label; see `read_labelled`.
        text, prompt, response: columns of the judged texts; see `columns_of`.
        base: where the gate's base model is, if not where its name says.

    Returns:
        `gate` (its digest), `file`, `rows` (`in`, `measured`, `rejected` and `unscored` by reason;
        a gate would be undecided about the unscored), `thresholds`, and `overall` of `measure`.

    Raises:
        ArtefactError: the gate or its base fails verification.
        InputError: the file or a column cannot be found.
        QualityError: no row is usable.
    """
    gate = find_bundle(gate)
    card = read_bundle(gate)
    columns = columns_of(FIELDS[card.judges], text=text, prompt=prompt, response=response)
    read = read_labelled(file, columns, label)
    scored = score(Scorer.from_card(gate, card, base), read.items)
    usable = np.flatnonzero(scored.finite)
    drop, keep = None, None
    if card.thresholds is not None:
        drop, lower = card.thresholds.drop.threshold, card.thresholds.keep
        keep = lower.threshold if lower else None
    truth = np.asarray(read.restricted)[usable]
    measured = measure(
        probabilities(scored.logits[usable], card.temperature), truth.tolist(), drop=drop, keep=keep
    )
    return {
        "gate": card.digest,
        "file": str(file),
        "rows": {
            "in": len(read.items) + sum(read.rejected.values()),
            "measured": len(usable),
            "rejected": read.rejected,
            "unscored": scored.reasons,
        },
        "thresholds": {"drop": drop, "keep": keep},
        **measured,
    }
