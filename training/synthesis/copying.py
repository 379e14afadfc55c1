"""Whether a text was copied from another: long runs of words that both share.

Takes texts by field. Knows nothing about examples or replies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["copies"]

_RUN = 13
"""Words in a row that two texts share only when one was copied (arXiv 2005.14165, appendix C)."""


def copies(texts: Mapping[str, str], seed_text: Mapping[str, str]) -> bool:
    """Whether a field repeats 13 words in a row of the seed text, or all of it if it is shorter.

    Case, spacing and punctuation do not count. A short field equal to the seed's is a copy too.
    """
    seeds = [_words(text) for text in seed_text.values()]
    return any(_shares_run(_words(text), seed) for text in texts.values() for seed in seeds)


def _shares_run(words: list[str], seed: list[str]) -> bool:
    length = min(_RUN, len(seed))
    if length < _RUN and len(words) > 2 * length:
        return False
    runs = {tuple(seed[at : at + length]) for at in range(len(seed) - length + 1)}
    return bool(seed) and any(
        tuple(words[at : at + length]) in runs for at in range(len(words) - length + 1)
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
