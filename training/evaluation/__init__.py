"""How good a gate's scores are: metrics as modules of `evaluate`, and all of them on one set.

The metrics are usable by themselves, without hub or network: `Auroc().compute(predictions=scores,
references=labels)`. Members are imported when first used, for `evaluate` takes seconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.training.evaluation.auprc import Auprc
    from gatewright.training.evaluation.auroc import Auroc
    from gatewright.training.evaluation.bootstrap import auprc_interval
    from gatewright.training.evaluation.ece import Ece
    from gatewright.training.evaluation.evaluating import evaluate_gate
    from gatewright.training.evaluation.f1_at import F1At
    from gatewright.training.evaluation.false_positive_rate import FalsePositiveRate
    from gatewright.training.evaluation.labelled import LabelledSet, read_labelled
    from gatewright.training.evaluation.measuring import measure
    from gatewright.training.evaluation.scores import Scored, score
    from gatewright.training.evaluation.tpr_at_fpr import TprAtFpr
    from gatewright.training.evaluation.wording import decisions_in_words

__all__ = [
    "Auprc",
    "Auroc",
    "Ece",
    "F1At",
    "FalsePositiveRate",
    "LabelledSet",
    "Scored",
    "TprAtFpr",
    "auprc_interval",
    "decisions_in_words",
    "evaluate_gate",
    "measure",
    "read_labelled",
    "score",
]

_MODULES = {
    "Auprc": "auprc",
    "Auroc": "auroc",
    "Ece": "ece",
    "F1At": "f1_at",
    "FalsePositiveRate": "false_positive_rate",
    "LabelledSet": "labelled",
    "Scored": "scores",
    "TprAtFpr": "tpr_at_fpr",
    "auprc_interval": "bootstrap",
    "decisions_in_words": "wording",
    "evaluate_gate": "evaluating",
    "measure": "measuring",
    "read_labelled": "labelled",
    "score": "scores",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'gatewright.training.evaluation' has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
