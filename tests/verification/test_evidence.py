"""A quote counts if it is in the text, however a model spelt its marks, and not otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.training.verification.evidence import overlap, quoted

TEXT = (
    "I can\u2019t say what\u2019s in the box, but \u201cit rattles\u201d"
    " \u2013 and it is  heavy.\nAsk Mr Weber."
)


@pytest.mark.parametrize(
    "quote",
    [
        "what's in the box",
        "WHAT'S IN THE BOX",
        '"what\'s in the box, but"',
        "it rattles\" - and it is heavy. Ask",
        "what's in ... heavy",
        "I can\u2019t say\u2026Weber",
    ],
)  # fmt: skip
def test_small_differences_do_not_matter(quote: str) -> None:
    assert quoted(quote, ["something else", TEXT])


@pytest.mark.parametrize(
    "quote",
    ["", "...", "it", "\u201c\u201d", "what is in the box", "heavy ... box", "Mrs Weber", "no"],
)
def test_what_is_not_there_or_too_short_is_no_evidence(quote: str) -> None:
    assert not quoted(quote, [TEXT])


@given(st.text(min_size=8), st.integers(0, 5), st.integers(0, 5))
def test_any_part_of_a_text_is_in_it(text: str, start: int, end: int) -> None:
    part = text[start : len(text) - end]
    if sum(map(str.isalnum, part)) >= 8 and part == part.strip() and "..." not in part:
        assert quoted(part, [text])


def test_overlap_asks_for_a_telling_word() -> None:
    assert overlap("the box of Mr Weber", "hidden in the Weber house")
    assert not overlap("it is in the box", "it is for the best")
    assert overlap("he is in", "is in")
