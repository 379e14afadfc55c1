"""Splitting: a text in pieces, each of them harmless to look at, that a reader joins again.

Takes and gives text; what is cut is all there, in pieces that are numbered, named or in order.
Knows nothing about meaning. The normaliser undoes none of it.
"""

from __future__ import annotations

import json
import random
import re
from itertools import pairwise

from gatewright.training.disguises.transforms import Transform

__all__ = ["NUMBERED_PARTS", "SHORT_LINES", "SPLITTINGS", "VARIABLES"]

_LABELS = ("Part {n}: ", "{n}. ", "({n}/{all}) ", "{n}) ", "Piece {n} of {all}: ", "[{n}] ")
_NAMES = (("a", "b", "c", "d", "e"), ("x1", "x2", "x3", "x4", "x5"), ("p", "q", "r", "s", "t"))
_JOINED = ("text = {}", "{}", "print({})", "Put together: {}", "now read {}", "result: {}")
_MOST = 5


def _numbered_parts(text: str, rng: random.Random) -> str:
    label, between = rng.choice(_LABELS), rng.choice(("\n", "\n\n"))
    spaces = [found.start() for found in re.finditer(r"(?<=\S)\s+(?=\S)", text)]
    parts = _cut(text, spaces or list(range(1, len(text))), rng)
    if len(parts) < 2:
        return text
    numbered = enumerate((part.strip() for part in parts), 1)
    return between.join(label.format(n=n, all=len(parts)) + part for n, part in numbered)


def _variables(text: str, rng: random.Random) -> str:
    """Quoted pieces under names, cut anywhere, also in a word; then how to join them."""
    names, joined, mixed = rng.choice(_NAMES), rng.choice(_JOINED), rng.random() < 0.5
    parts = _cut(text, list(range(1, len(text))), rng)
    if len(parts) < 2:
        return text
    named = list(zip(names, parts, strict=False))
    lines = [f"{name} = {json.dumps(part, ensure_ascii=False)}" for name, part in named]
    if mixed:
        rng.shuffle(lines)
    return "\n".join([*lines, joined.replace("{}", " + ".join(name for name, _ in named))])


def _short_lines(text: str, rng: random.Random) -> str:
    """A line break after every few words."""
    words = re.split(r"[^\S\n]+", text)
    most = rng.randint(1, max(1, min(4, len(words) - 1)))
    lines, at = list[str](), 0
    while at < len(words):
        size = rng.randint(1, most)
        lines.append(" ".join(words[at : at + size]))
        at += size
    return "\n".join(lines)


def _cut(text: str, places: list[int], rng: random.Random) -> list[str]:
    """Two to five pieces, cut at some of the places; the whole in one where there is none."""
    wanted = rng.randint(1, _MOST - 1)
    chosen = sorted(rng.sample(places, min(wanted, len(places))))
    return [text[start:end] for start, end in pairwise([0, *chosen, len(text)])]


NUMBERED_PARTS = Transform("numbered parts", "splitting", _numbered_parts)
VARIABLES = Transform("joined variables", "splitting", _variables)
SHORT_LINES = Transform("short lines", "splitting", _short_lines)

SPLITTINGS = (NUMBERED_PARTS, VARIABLES, SHORT_LINES)
