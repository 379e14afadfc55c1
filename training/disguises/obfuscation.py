"""Obfuscation: letters exchanged, hidden between, pulled apart or mistyped; a person reads on.

Such tricks get past production guards, some of them always (Hackett et al., arXiv 2504.11168).
Which of them the gate's normaliser (`gatewright.classifiers.normalising`) takes back from ordinary
English before scoring, held by a test:

    undone       leet, homoglyphs, zero width, spaced letters (but for double spaces), fullwidth
    not undone   heavy leet, typos, diacritics, random case

Of the latter, tokenizers that fold case and accents never see the last two. Takes and gives text;
what it exchanges is Latin letters, and other alphabets stay as they are.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import count
from math import ceil

from gatewright.training.disguises.transforms import Transform

__all__ = [
    "DIACRITICS",
    "FULLWIDTH",
    "HEAVY_LEET",
    "HOMOGLYPHS",
    "LEET",
    "OBFUSCATIONS",
    "RANDOM_CASE",
    "SPACED",
    "TYPOS",
    "ZERO_WIDTH",
]

_SIGNS = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
_MORE_SIGNS = {"a": "@", "b": "8", "g": "9", "l": "1", "s": "$", "z": "2"}
_CYRILLIC = str.maketrans(
    "aceijopsxyABCEHKMOPTX",
    "\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u0455\u0445\u0443"
    "\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425",
)
_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad\ufeff"
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0323\u0331"
_FULLWIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_GAPS = " .-_*"

_LATIN_WORD = re.compile(r"(?<![\w@$!])[A-Za-z]{4,40}(?![\w@$!])")
_SPACED_WORD = re.compile(r"(?<!\S)[^\W\d_]{4,}(?=[.,;:!?]?(?!\S))")
"""Between spaces: within a compound the gap would be taken for a hyphen of its own."""


def _in_words(
    text: str,
    rng: random.Random,
    change: Callable[[str, random.Random], str],
    *,
    words: re.Pattern[str] = _LATIN_WORD,
    least: float,
) -> str:
    """Change a share of the words, from `least` up to all of them; at least one."""
    found = sum(1 for _ in words.finditer(text))
    chosen = set(rng.sample(range(found), ceil(found * rng.uniform(least, 1))))
    numbers = count()
    return words.sub(
        lambda word: change(word.group(), rng) if next(numbers) in chosen else word.group(), text
    )


def _leet(text: str, rng: random.Random) -> str:
    return _in_words(text, rng, _leet_word, least=0.4)


def _leet_word(word: str, rng: random.Random) -> str:
    """Digits between letters only, so that the word is still seen to be one."""
    letters = list(word)
    for at in range(1, len(word) - 1):
        if word[at] in _SIGNS and letters[at - 1].isalpha() and rng.random() < 0.8:
            letters[at] = _SIGNS[word[at]]
    return "".join(letters)


def _heavy_leet(text: str, rng: random.Random) -> str:
    """Digits and signs wherever they can stand, first and last letters included."""
    share = rng.uniform(0.6, 1)
    signs = rng.choice((_SIGNS | _MORE_SIGNS, _MORE_SIGNS | _SIGNS))
    return "".join(
        signs.get(letter.lower(), letter) if rng.random() < share else letter for letter in text
    )


def _homoglyphs(text: str, rng: random.Random) -> str:
    return _in_words(text, rng, _homoglyph_word, least=0.4)


def _homoglyph_word(word: str, rng: random.Random) -> str:
    """Fewer than half of the letters, as is usual: the eye glides over the rest."""
    places = [at for at, letter in enumerate(word) if ord(letter) in _CYRILLIC]
    most = min(len(places), (len(word) - 1) // 2)
    letters = list(word)
    for at in rng.sample(places, rng.randint(min(1, most), most)):
        letters[at] = letters[at].translate(_CYRILLIC)
    return "".join(letters)


def _zero_width(text: str, rng: random.Random) -> str:
    hidden, share = rng.choice((_INVISIBLE, _INVISIBLE[0])), rng.uniform(0.3, 1)
    return re.sub(
        r"(?<=[^\W_])(?=[^\W_])",
        lambda _: rng.choice(hidden) if rng.random() < share else "",
        text,
    )


def _spaced(text: str, rng: random.Random) -> str:
    gap = rng.choice(_GAPS)
    if gap == " " and _SPACED_WORD.search(text):
        # As people do it: else nobody could tell where a word ends.
        text = text.replace(" ", "  ")
    return _in_words(text, rng, lambda word, _: gap.join(word), words=_SPACED_WORD, least=0.4)


def _typos(text: str, rng: random.Random) -> str:
    return _in_words(text, rng, _mistyped, least=0.2)


def _mistyped(word: str, rng: random.Random) -> str:
    """Two letters swapped, one left out or one struck twice, never the first or the last."""
    at = rng.randrange(1, len(word) - 2)
    slips = (word[at + 1] + word[at], word[at], word[at] * 2 + word[at + 1])
    return word[:at] + rng.choice(slips) + word[at + 2 :]


def _diacritics(text: str, rng: random.Random) -> str:
    share = rng.uniform(0.2, 0.7)
    return re.sub(
        "[A-Za-z]",
        lambda letter: letter.group() + (rng.choice(_MARKS) if rng.random() < share else ""),
        text,
    )


def _random_case(text: str, rng: random.Random) -> str:
    share = rng.uniform(0.3, 0.6)
    return re.sub(
        "[A-Za-z]",
        lambda letter: letter.group().swapcase() if rng.random() < share else letter.group(),
        text,
    )


LEET = Transform("leet", "obfuscation", _leet, undone=True)
HEAVY_LEET = Transform("heavy leet", "obfuscation", _heavy_leet)
HOMOGLYPHS = Transform("homoglyphs", "obfuscation", _homoglyphs, undone=True)
ZERO_WIDTH = Transform("zero width", "obfuscation", _zero_width, undone=True)
SPACED = Transform("spaced letters", "obfuscation", _spaced, undone=True)
TYPOS = Transform("typos", "obfuscation", _typos)
DIACRITICS = Transform("diacritics", "obfuscation", _diacritics)
FULLWIDTH = Transform(
    "fullwidth", "obfuscation", lambda text, rng: text.translate(_FULLWIDTH), undone=True
)
RANDOM_CASE = Transform("random case", "obfuscation", _random_case)

OBFUSCATIONS = (
    LEET,
    HEAVY_LEET,
    HOMOGLYPHS,
    ZERO_WIDTH,
    SPACED,
    TYPOS,
    DIACRITICS,
    FULLWIDTH,
    RANDOM_CASE,
)
