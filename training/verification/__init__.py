"""Verification: labels checked by judges who do not know them, and judges by known mistakes.

    examples ─▶ judges ─▶ an advocate, where they differ ─▶ judges again ─▶ kept or dropped
    examples ─▶ tamperer ─▶ judges ─▶ what the critic finds, and whom it accuses wrongly

Knows nothing about how examples are written or learned from; imports no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.training.verification.choosing import choose
    from gatewright.training.verification.critics import (
        critic_report,
        measure_critics,
        tamper_detector,
    )
    from gatewright.training.verification.debating import Asking, Outcome, debate
    from gatewright.training.verification.evidence import quoted
    from gatewright.training.verification.judging import (
        GRADER,
        JUDGES,
        Judge,
        Judgement,
        judge_all,
    )
    from gatewright.training.verification.label_repair import Doubt, doubts
    from gatewright.training.verification.strictness import combined, strictness_at
    from gatewright.training.verification.tampering import Tampered, Tampering, tamper
    from gatewright.training.verification.verifying import (
        MODES,
        Mode,
        VerificationResult,
        examples_to_use,
        store,
        verify,
    )

__all__ = [
    "GRADER",
    "JUDGES",
    "MODES",
    "Asking",
    "Doubt",
    "Judge",
    "Judgement",
    "Mode",
    "Outcome",
    "Tampered",
    "Tampering",
    "VerificationResult",
    "choose",
    "combined",
    "critic_report",
    "debate",
    "doubts",
    "examples_to_use",
    "judge_all",
    "measure_critics",
    "quoted",
    "store",
    "strictness_at",
    "tamper",
    "tamper_detector",
    "verify",
]

_MODULES = {
    "choosing": ("choose",),
    "critics": ("critic_report", "measure_critics", "tamper_detector"),
    "debating": ("Asking", "Outcome", "debate"),
    "evidence": ("quoted",),
    "judging": ("GRADER", "JUDGES", "Judge", "Judgement", "judge_all"),
    "label_repair": ("Doubt", "doubts"),
    "strictness": ("combined", "strictness_at"),
    "tampering": ("Tampered", "Tampering", "tamper"),
    "verifying": ("MODES", "Mode", "VerificationResult", "examples_to_use", "store", "verify"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
