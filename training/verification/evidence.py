"""Evidence by quotation: a verdict counts only if the words it quotes are in the text.

A critic that must quote cannot invent what it objects to (CriticGPT, arXiv 2407.00215). Knows
nothing about who judged, or what the verdict was.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["overlap", "quoted"]

_LETTERS = 3
"""Letters and digits a quote needs: less is found in any text."""

_MARKS = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")
_WORDS = re.compile(r"\w+")


def quoted(quote: str, texts: Iterable[str]) -> bool:
    """Whether the quote stands in one of the texts.

    Case, kinds of quotation marks and dashes, spacing, and marks around the whole quote make no
    difference, for models change them without meaning to. An ellipsis splits a quote: every part
    has to be there, in that order.
    """
    parts = [_plain(each).strip(" \"'.,;:!?-") for each in re.split(r"\.\.\.|\u2026", quote)]
    parts = [each for each in parts if each]
    if sum(map(str.isalnum, "".join(parts))) < _LETTERS:
        return False
    return any(_in_order(parts, _plain(text)) for text in texts)


def overlap(quote: str, span: str) -> bool:
    """Whether a quote touches a span: they share a word of more than three letters, or any word of
    a span that has none."""
    ours, theirs = set(_WORDS.findall(_plain(quote))), set(_WORDS.findall(_plain(span)))
    telling = {word for word in theirs if len(word) > _LETTERS}
    return bool(ours & (telling or theirs))


def _in_order(parts: list[str], text: str) -> bool:
    at = 0
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_MARKS))
    return " ".join(text.casefold().split())
