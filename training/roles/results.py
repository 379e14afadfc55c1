"""What comes of a role that changes examples: those to go on with, and what was lost on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from gatewright.training.examples import Dropped, Example

__all__ = ["RoleResult"]


@dataclass(slots=True)
class RoleResult:
    """Every example that came in, kept, dropped or waiting; and siblings made of them."""

    kept: list[Example]
    dropped: list[Dropped] = field(default_factory=list)
    waiting: list[Example] = field(default_factory=list)
    """Nobody has answered about them yet."""
    waiting_siblings: int = 0
    """Siblings asked for and not there yet; their originals are kept."""
