"""Padding: ordinary sentences around a text, which stands there word for word.

Dilution: a few decisive words in much that is ordinary are missed by a guard that reads a text as
one. Takes the statements of the `composed` generator, which fit either verdict; questions would
change what an answer is judged by. The normaliser leaves padding alone.
"""

from __future__ import annotations

import random
from functools import partial

from gatewright.training.disguises.transforms import Transform
from gatewright.training.generators.composed.everyday import STATEMENTS

__all__ = ["AFTER", "AROUND", "BEFORE", "BURIED", "PADDINGS"]

_NONE = (0, 0)
_FEW = (1, 3)
_MANY = (4, 9)


def _padded(
    text: str, rng: random.Random, *, before: tuple[int, int], after: tuple[int, int]
) -> str:
    ahead, behind = rng.randint(*before), rng.randint(*after)
    separator = rng.choice((" ", "\n", "\n\n"))
    sentences = rng.sample(STATEMENTS, ahead + behind)
    blocks = [" ".join(sentences[:ahead]), text, " ".join(sentences[ahead:])]
    return separator.join(block for at, block in enumerate(blocks) if block or at == 1)


BEFORE = Transform("padding before", "padding", partial(_padded, before=_FEW, after=_NONE))
AFTER = Transform("padding after", "padding", partial(_padded, before=_NONE, after=_FEW))
AROUND = Transform("padding around", "padding", partial(_padded, before=_FEW, after=_FEW))
BURIED = Transform("buried", "padding", partial(_padded, before=_MANY, after=_MANY))
"""In the middle of several times as much ordinary text."""

PADDINGS = (BEFORE, AFTER, AROUND, BURIED)
