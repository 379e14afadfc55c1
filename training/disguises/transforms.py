"""A transform: a named way to disguise a text, of one attack style.

Takes a text and a random generator, gives a text. Knows nothing about examples or verdicts, so none
can lean to one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["FAMILIES", "Family", "Transform", "compose"]

Family = Literal[
    "role play", "hypothetical", "encoding", "splitting", "obfuscation", "padding", "compound"
]
FAMILIES: tuple[Family, ...] = get_args(Family)
"""The attack styles; `compound` is one transform after another."""


@dataclass(frozen=True, slots=True)
class Transform:
    """A way to disguise a text; equal texts and equally seeded generators give equal results.

    A text that has nothing it could work on comes back as it was.
    """

    name: str
    family: Family
    apply: Callable[[str, random.Random], str]
    undone: bool = False
    """Whether the gate's normaliser takes it back from ordinary English before scoring."""

    def __call__(self, text: str, rng: random.Random) -> str:
        return self.apply(text, rng)


def compose(first: Transform, *others: Transform) -> Transform:
    """The transforms one after another, `first + second`: the last one's work is on the outside."""
    parts = (first, *others)

    def apply(text: str, rng: random.Random) -> str:
        # One generator each: how much one part draws, which may depend on the text, must not
        # settle what the next one chooses, or twins would get different frames.
        for part, seed in [(part, rng.getrandbits(64)) for part in parts]:
            text = part(text, random.Random(seed))
        return text

    return Transform(" + ".join(part.name for part in parts), "compound", apply)
