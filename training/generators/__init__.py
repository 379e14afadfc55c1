"""Generators: who answers our requests, and the journal that remembers what they said.

    a request ─▶ recorded, composed, scripted, openai, local, or a batch file ─▶ a reply, journaled

One small protocol, one file for each back-end, loaded when it is named. Knows nothing about plans,
roles or how a reply becomes examples; imports no torch until the local model is asked.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.training.generators.asking import Ask, AskGenerator, AskNobody, Cast
    from gatewright.training.generators.by_batch import (
        HandedOut,
        Received,
        batch_answers,
        hand_out,
        receive,
    )
    from gatewright.training.generators.journal import Answer, Journal
    from gatewright.training.generators.recorded import recording_of, verdicts_of, write_recording
    from gatewright.training.generators.records import (
        Asked,
        Generator,
        PlansItself,
        Reply,
        Request,
    )
    from gatewright.training.generators.registry import generator_names, open_generator

__all__ = [
    "Answer",
    "Ask",
    "AskGenerator",
    "AskNobody",
    "Asked",
    "Cast",
    "Generator",
    "HandedOut",
    "Journal",
    "PlansItself",
    "Received",
    "Reply",
    "Request",
    "batch_answers",
    "generator_names",
    "hand_out",
    "open_generator",
    "receive",
    "recording_of",
    "verdicts_of",
    "write_recording",
]

_MODULES = {
    "journal": ("Answer", "Journal"),
    "recorded": ("recording_of", "verdicts_of", "write_recording"),
    "by_batch": ("HandedOut", "Received", "batch_answers", "hand_out", "receive"),
    "asking": ("Ask", "AskGenerator", "AskNobody", "Cast"),
    "records": ("Asked", "Generator", "PlansItself", "Reply", "Request"),
    "registry": ("generator_names", "open_generator"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
