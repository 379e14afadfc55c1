"""Synthesis: a constitution becomes a plan, requests, replies, and labelled examples.

    planning ─▶ requests ─▶ a generator, or a batch file ─▶ journal ─▶ reading ─▶ examples

Knows nothing about curation, training or gates; imports no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.training.synthesis.by_batch import (
        TakenIn,
        hand_out,
        hand_out_planner,
        take_in,
    )
    from gatewright.training.synthesis.planning import EXAMPLES, MIX, plan
    from gatewright.training.synthesis.reading import read_reply
    from gatewright.training.synthesis.requests import request_for, requests_for
    from gatewright.training.synthesis.seed_texts import SeedTexts, read_seed_texts
    from gatewright.training.synthesis.synthesizing import (
        SynthesisResult,
        slots_for,
        store,
        synthesize,
    )
    from gatewright.training.synthesis.with_roles import synthesize_with_roles

__all__ = [
    "EXAMPLES",
    "MIX",
    "SeedTexts",
    "SynthesisResult",
    "TakenIn",
    "hand_out",
    "hand_out_planner",
    "plan",
    "read_reply",
    "read_seed_texts",
    "request_for",
    "requests_for",
    "slots_for",
    "store",
    "synthesize",
    "synthesize_with_roles",
    "take_in",
]

_MODULES = {
    "by_batch": ("TakenIn", "hand_out", "hand_out_planner", "take_in"),
    "planning": ("EXAMPLES", "MIX", "plan"),
    "reading": ("read_reply",),
    "requests": ("request_for", "requests_for"),
    "seed_texts": ("SeedTexts", "read_seed_texts"),
    "with_roles": ("synthesize_with_roles",),
    "synthesizing": ("SynthesisResult", "slots_for", "store", "synthesize"),
}  # fmt: skip
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
