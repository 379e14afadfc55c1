"""From replies to a certified gate: synthesis, curation, fine-tuning, evaluation, certification.

Each stage takes examples or a folder and gives back both sides of what it decided. The stages are
imported from their own rooms (`gatewright.training.curation` and so on); here are the records they
share.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if __name__ == "training":
    raise ModuleNotFoundError("import gatewright.training, not training", name="training")

if TYPE_CHECKING:
    from gatewright.training.examples import (
        Dropped,
        Example,
        Origin,
        Sifted,
        count_reasons,
        read_examples,
        to_dataset,
        write_dropped,
        write_examples,
    )

__all__ = [
    "Dropped",
    "Example",
    "Origin",
    "Sifted",
    "count_reasons",
    "read_examples",
    "to_dataset",
    "write_dropped",
    "write_examples",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'gatewright.training' has no attribute {name!r}")
    return getattr(importlib.import_module("gatewright.training.examples"), name)


def __dir__() -> list[str]:
    return __all__
