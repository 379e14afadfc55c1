"""Letters of other alphabets that stand in for Latin ones, and words in which they do.

Takes and gives text. A word is changed only where it mixes alphabets, or imitates a Latin word
amid Latin text: Russian, Greek or Armenian text is left as it is. The pairs of letters are those of
Unicode Technical Standard 39, through the package confusable-homoglyphs.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["fold_look_alikes"]

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z]")
_FOREIGN = re.compile(
    "[\u0370-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1f00-\u1fff\u2c80-\u2cff\ua4d0-\ua4ff\ua640-\ua69f"
    "\uab70-\uabbf]"
)
"""Greek, Cyrillic, Armenian, Cherokee, Coptic, Lisu: alphabets that can pass for Latin."""
_STYLED = re.compile(
    "[\u0250-\u02af\u1d00-\u1d7f\ua720-\ua7ff\U0001f150-\U0001f169\U0001f170-\U0001f189]"
)
"""Latin letters in a costume that NFKC leaves on: small capitals, phonetic, white on black."""

_KIN = str.maketrans(
    "кКтТмМнНвВгГпПьиИІӀєκΚτΤβΒεΕηικνυχμωΗΜΝ", "kKtTmMhHbBrrnNbuNIIekKtTbBeEnikvuxuwHMN"
)
"""Look-alikes in use that the standard's table does not lead back to an ASCII letter."""
_TO_CYRILLIC = str.maketrans("aeopcyxkABEKMHOPCTXY", "аеорсухкАВЕКМНОРСТХУ")


def fold_look_alikes(text: str) -> str:
    """`text` with disguised Latin words in Latin letters, disguised Cyrillic ones in Cyrillic."""
    if text.isascii():
        return text
    if _STYLED.search(text):
        text = text.translate(_styled())
    foreign = len(_FOREIGN.findall(text))
    if not foreign:
        return text
    latin = len(_LATIN.findall(text))
    if foreign > latin:
        return _WORD.sub(lambda word: _cyrillic(word.group()), text)
    whole_words = latin > 4 * foreign
    return _WORD.sub(lambda word: _latin(word.group(), whole_words=whole_words), text)


def _latin(word: str, *, whole_words: bool) -> str:
    if word.isascii() or len(word) < 3 or not _FOREIGN.search(word):
        return word
    if _LATIN.search(word):
        return word.translate(_look_alikes()).translate(_KIN)
    folded = word.translate(_look_alikes())
    return folded if whole_words and folded.isascii() else word


def _cyrillic(word: str) -> str:
    if word.isascii() or not _LATIN.search(word):
        return word
    folded = word.translate(_TO_CYRILLIC)
    return word if _LATIN.search(folded) else folded


@cache
def _look_alikes() -> dict[int, str]:
    from confusable_homoglyphs.confusables import confusables_data

    table = {}
    for letter, twins in confusables_data.items():
        if len(letter) == 1 and _FOREIGN.match(letter):
            names = [twin["c"] for twin in twins if len(twin["c"]) == 1 and _LATIN.match(twin["c"])]
            # Of two readings, the one of the same case: a Cyrillic capital I is no small l.
            names.sort(key=lambda name: name.isupper() != letter.isupper())
            if names:
                table[ord(letter)] = names[0]
    return table


@cache
def _styled() -> dict[int, str]:
    """By character names: LATIN LETTER SMALL CAPITAL K, NEGATIVE SQUARED LATIN CAPITAL LETTER K."""
    named = re.compile(
        r"(?:.* )?LATIN (?:LETTER SMALL CAPITAL|CAPITAL LETTER|SMALL LETTER SCRIPT) (\w)"
    )
    table = {0x0251: "a"}
    for first, last in ((0x250, 0x2AF), (0x1D00, 0x1D7F), (0xA720, 0xA7FF), (0x1F150, 0x1F189)):
        for code in range(first, last + 1):
            if found := named.fullmatch(unicodedata.name(chr(code), "")):
                table[code] = found[1].lower()
    return table
