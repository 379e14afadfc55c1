"""Words disguised by digits, gaps and stretching: h4te, k!ll, k i l l, killlll.

Takes and gives text. The rules are narrow on purpose: 4x4, covid19, mp3, b2b, h2o, sha256, i18n,
e-mail addresses and lists of options keep their spelling.
"""

from __future__ import annotations

import re

__all__ = ["break_long_words", "close_gaps", "fold_leet", "squeeze"]

_LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
_LEET_INSIDE = re.compile(r"(?<=[A-Za-z])([013457@$!])\1?(?=[A-Za-z])")
_TOKEN = re.compile(r"(?<![\w@$!])[A-Za-z]++(?:[\d@$!]++[A-Za-z]*+)+")
_ADDRESS = re.compile(r"@[\w-]+\.[A-Za-z]")
_LONGEST_LEET = 40

_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff]"
_GAPS = re.compile(
    rf"(?<![^\W_]){_LETTER}([ \t\n.\-_*|/~]{{1,3}}){_LETTER}(?:\1{_LETTER}){{2,}}(?![^\W_])"
)
_STRETCHED = re.compile(r"([^\W\d_])\1{3,}")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_LONG_WORD = re.compile(rf"[^\s{_IDEOGRAPHS}]{{100}}(?=[^\s{_IDEOGRAPHS}])")


def fold_leet(text: str) -> str:
    """Digits and signs that stand between letters, in words with far more letters, as letters."""
    if not _LEET_INSIDE.search(text):
        return text
    return _TOKEN.sub(lambda token: _plain(token, text), text)


def close_gaps(text: str) -> str:
    """Four or more single letters with the same gap between them, as one word."""
    return _GAPS.sub(lambda run: run.group().replace(run.group(1), ""), text)


def squeeze(text: str) -> str:
    """A letter repeated more than three times, twice."""
    return _STRETCHED.sub(r"\1\1", text)


def break_long_words(text: str) -> str:
    """Words of over 100 characters in pieces: a WordPiece tokenizer reads such a one as unknown."""
    return _LONG_WORD.sub(r"\g<0> ", text)


def _plain(token: re.Match[str], text: str) -> str:
    word = token.group()
    letters = sum(map(str.isalpha, word))
    if letters < 3 or letters < len(word) - letters + 1 or len(word) > _LONGEST_LEET:
        return word
    if "@" in word and _ADDRESS.search(text, token.start(), token.end() + 64):
        return word
    return _LEET_INSIDE.sub(_letter, word)


def _letter(sign: re.Match[str]) -> str:
    before = sign.string[: sign.start()]
    # "Hi!how" is a missing space, "k!ll" is not.
    if sign.group(1) == "!" and re.search("[AEIOUYaeiouy]", before):
        return sign.group()
    return "ll" if sign.group() == "11" else _LEET[sign.group(1)] * len(sign.group())
