"""The room of gates: how text is read and scored, how a gate decides, and what a bundle holds.

Only names live here; each is imported when first used, so that torch is not loaded before it is
needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if __name__ == "classifiers":
    raise ModuleNotFoundError("import gatewright.classifiers, not classifiers", name="classifiers")

if TYPE_CHECKING:
    from gatewright.classifiers.bases import Base, resolve_base
    from gatewright.classifiers.bundle import read_bundle, update_card, write_bundle
    from gatewright.classifiers.dataset_filtering import FilterResult
    from gatewright.classifiers.file_filtering import FilterCounts, filter_file
    from gatewright.classifiers.gate import Gate
    from gatewright.classifiers.gate_card import Certificate, GateCard, Thresholds
    from gatewright.classifiers.normalising import normalise
    from gatewright.classifiers.reading import Windows
    from gatewright.classifiers.scoring import Scorer
    from gatewright.classifiers.verdicts import Decision, Verdict

__all__ = [
    "Base",
    "Certificate",
    "Decision",
    "FilterCounts",
    "FilterResult",
    "Gate",
    "GateCard",
    "Scorer",
    "Thresholds",
    "Verdict",
    "Windows",
    "filter_file",
    "normalise",
    "read_bundle",
    "resolve_base",
    "update_card",
    "write_bundle",
]

_FILES = {
    "Base": "bases",
    "Certificate": "gate_card",
    "Decision": "verdicts",
    "FilterCounts": "file_filtering",
    "FilterResult": "dataset_filtering",
    "Gate": "gate",
    "GateCard": "gate_card",
    "Scorer": "scoring",
    "Thresholds": "gate_card",
    "Verdict": "verdicts",
    "Windows": "reading",
    "filter_file": "file_filtering",
    "normalise": "normalising",
    "read_bundle": "bundle",
    "resolve_base": "bases",
    "update_card": "bundle",
    "write_bundle": "bundle",
}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
