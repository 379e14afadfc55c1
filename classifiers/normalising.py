"""Text as a classifier should see it: tricks of the alphabet undone, meaning left alone.

Takes and gives plain text. Knows nothing about tokenizers or gates; the text a gate passes on is
never the normalised one.
"""

from __future__ import annotations

import re
import unicodedata

from gatewright.classifiers.disguises import break_long_words, close_gaps, fold_leet, squeeze
from gatewright.classifiers.look_alikes import fold_look_alikes

__all__ = ["NORMALISER", "normalise"]

NORMALISER = 1
"""Version of this function, recorded in every gate: a change of what it does is a new number."""

_PASSES = 8
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Zero-width, direction, tag, filler and variation characters: seen by a model, not by a reader."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PILED = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,}")
"""More accents on one letter than any orthography puts there."""
_LONG_PILE = re.compile(r"[^\w\s\x00-\x7f]{30}(?=[^\w\s\x00-\x7f])")
"""Sorting a pile of marks takes quadratic time; as in UAX 15's stream-safe format, a joiner that is
no mark ends it after 30."""


def normalise(text: str) -> str:
    """`text` in its plainest form; `normalise(normalise(text)) == normalise(text)`.

    Unicode compatibility forms (NFKC), invisible and control characters, look-alike letters, digits
    for letters, gaps between letters, stretched letters and over-long words are undone.
    """
    for _ in range(_PASSES):
        plain = _pass(text)
        if plain == text:
            break
        # What one disguise hid, the next pass may find: a gap closed can make a long word.
        text = plain
    return text


def _pass(text: str) -> str:
    text = _CONTROL.sub("", _LINE_END.sub("\n", text))
    if not text.isascii():
        text = _INVISIBLE.sub("", _SURROGATE.sub("\ufffd", text))
        text = unicodedata.normalize("NFKC", _LONG_PILE.sub("\\g<0>\u034f", text))
        text = fold_look_alikes(_PILED.sub("", _INVISIBLE.sub("", text)))
    return break_long_words(close_gaps(fold_leet(squeeze(text))))
