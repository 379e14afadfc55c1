"""Gatewright: a written constitution goes in, a certified data gate comes out.

Only names live here; each is imported from its room when first used, so that
`import gatewright` costs nothing and the command's help does not wait for torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.classifiers import FilterResult, Gate, Verdict
    from gatewright.constitution import Constitution
    from gatewright.errors import GatewrightError
    from gatewright.training import Dropped, Example

__all__ = [
    "Constitution",
    "Dropped",
    "Example",
    "FilterResult",
    "Gate",
    "GatewrightError",
    "Verdict",
]

_ROOMS = {
    "Constitution": "gatewright.constitution",
    "Dropped": "gatewright.training",
    "Example": "gatewright.training",
    "FilterResult": "gatewright.classifiers",
    "Gate": "gatewright.classifiers",
    "GatewrightError": "gatewright.errors",
    "Verdict": "gatewright.classifiers",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'gatewright' has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return __all__
