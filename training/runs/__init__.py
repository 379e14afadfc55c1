"""Runs: all stages from a constitution to a certified gate, in one folder that can be resumed.

    settings    what was asked                  folder      where things lie
    stages      what is done, as data           manifest    what is done already
    making_examples, making_gate                what each stage does
    running     the loop                        telling     the result in words

Members are imported when first used; importing this loads no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.training.runs.folder import RunFolder
    from gatewright.training.runs.manifest import Counts, Manifest, StageRecord
    from gatewright.training.runs.running import Done, Run, RunResult, Stage, run
    from gatewright.training.runs.settings import RunSettings
    from gatewright.training.runs.stages import STAGES
    from gatewright.training.runs.telling import as_rows, as_values, next_steps

__all__ = [
    "STAGES",
    "Counts",
    "Done",
    "Manifest",
    "Run",
    "RunFolder",
    "RunResult",
    "RunSettings",
    "Stage",
    "StageRecord",
    "as_rows",
    "as_values",
    "next_steps",
    "run",
]

_MODULES = {
    "folder": ("RunFolder",),
    "manifest": ("Counts", "Manifest", "StageRecord"),
    "running": ("Done", "Run", "RunResult", "Stage", "run"),
    "settings": ("RunSettings",),
    "stages": ("STAGES",),
    "telling": ("as_rows", "as_values", "next_steps"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
