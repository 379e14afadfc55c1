"""Encodings: the whole text in another notation, from which it can be read back exactly.

Models that learned base64 from the web obey it where their safety training does not reach (Wei et
al., arXiv 2307.02483). A small encoder cannot read base64 or hex: siblings in them teach it that
the notation itself says nothing, not what the text says. Takes and gives text, knows nothing about
its meaning. The normaliser undoes none of these.
"""

from __future__ import annotations

import base64
import codecs
import random
import re
from urllib.parse import quote

from gatewright.training.disguises.transforms import Transform

__all__ = ["BASE64", "ENCODINGS", "HEX", "REVERSED_ORDER", "REVERSED_WORDS", "ROT13", "URL"]


def _base64(text: str, rng: random.Random) -> str:
    return base64.b64encode(_bytes(text)).decode("ascii")


def _hex(text: str, rng: random.Random) -> str:
    return _bytes(text).hex(" ").replace(" ", rng.choice(("", " ", "-")))


def _rot13(text: str, rng: random.Random) -> str:
    return codecs.encode(text, "rot13")


def _url(text: str, rng: random.Random) -> str:
    """Spaces and signs always; letters and digits in part, or all of them."""
    share = rng.choice((0.3, 1.0))

    def escaped(each: str) -> str:
        if each.isascii() and each.isalnum():
            return f"%{ord(each):02X}" if rng.random() < share else each
        return quote(each, safe="", errors="replace")

    return "".join(map(escaped, text))


def _reversed_words(text: str, rng: random.Random) -> str:
    return re.sub(r"\S+", lambda word: word.group()[::-1], text)


def _reversed_order(text: str, rng: random.Random) -> str:
    return "".join(re.split(r"(\s+)", text)[::-1])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


BASE64 = Transform("base64", "encoding", _base64)
HEX = Transform("hex", "encoding", _hex)
ROT13 = Transform("rot13", "encoding", _rot13)
URL = Transform("url escapes", "encoding", _url)
REVERSED_WORDS = Transform("reversed words", "encoding", _reversed_words)
"""Every word backwards, in its place."""
REVERSED_ORDER = Transform("reversed order", "encoding", _reversed_order)
"""The words from last to first."""

ENCODINGS = (BASE64, HEX, ROT13, URL, REVERSED_WORDS, REVERSED_ORDER)
