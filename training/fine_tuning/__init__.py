"""Curated examples in, a LoRA classifier out: a plain `accelerate` loop and its parts.

Takes examples, a constitution and the name of a base model; writes an uncertified gate. Knows
nothing about generators, curation or certificates. Importing this loads neither torch nor peft.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.training.fine_tuning.results import Epoch, TrainingResult
    from gatewright.training.fine_tuning.tuning import fine_tune

__all__ = ["Epoch", "TrainingResult", "fine_tune"]

_FILES = {"Epoch": "results", "TrainingResult": "results", "fine_tune": "tuning"}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
