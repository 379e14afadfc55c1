"""Tricks of the alphabet are undone; honest text in any language is left alone."""

# ruff: noqa: RUF001 (look-alike letters are the subject)

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatewright.classifiers.normalising import normalise

DISGUISED = {
    "fullwidth": "ｋｉｌｌ you",
    "bold": "𝐤𝐢𝐥𝐥 you",
    "script": "𝓴𝓲𝓵𝓵 you",
    "circled": "ⓚⓘⓛⓛ you",
    "squared": "🅺🅸🅻🅻 you",
    "small capitals": "ᴋɪʟʟ you",
    "cyrillic letters": "kіll yоu",
    "mostly cyrillic": "кіll you",
    "greek letters": "κιll you",
    "zero width": "k\u200bi\u200cl\ufeffl you",
    "soft hyphen": "k\u00adill you",
    "direction": "k\u202eill\u202c you",
    "tags": "kill\U000e0061\U000e0062 you",
    "variation": "k\ufe0fill you",
    "controls": "k\x00i\x08ll you",
    "zalgo": "k\u0337\u0322\u0321\u0316i\u0334\u0321\u034el\u0311\u035d\u0301l you",
    "leet": "k1ll you",
    "sign": "k!ll you",
    "gaps": "k i l l  you",
    "dots": "k.i.l.l you",
    "dashes": "k-i-l-l you",
    "stretched": "killlllll you",
}
HONEST = [
    "4x4 covid19 mp3 b2b h2o sha256 i18n a11y utf8 h1n1 r2d2 iPhone15 win10pro 3d 1st 10am $50",
    "mail joe.bl0ggs@ex4mple.org or see https://example.org/a?b=1#c",
    "Hi!how are you? wow!great U.S.A. e.g. a.m.",
    "def f(x): return x ** 2  # O(n) @decorator",
    "Привет, как дела? IT-отдел и SMSка, COVID-19.",
    "Γειά σου Κόσμε, αυτό είναι ένα αρχείο MP3.",
    "Բարեւ աշխարհ",
    "日本語のテキスト Tシャツ、「引用」。",
    "안녕하세요 세계",
    "مرحبا بالعالم، كيف حالك",
    "שָׁלוֹם עוֹלָם",
    "नमस्ते दुनिया",
    "สวัสดีชาวโลก".replace("\u0e33", ""),
    "Tiếng Việt, naïve café, Straße, ığdır, Łódź",
    "cost 10 Ω, angle α, Δx, 5 μm",
    "first\nsecond\n\tthird",
]


@pytest.mark.parametrize("text", DISGUISED.values(), ids=DISGUISED.keys())
def test_a_disguise_is_undone(text: str) -> None:
    assert normalise(text).split() == ["kill", "you"]


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_is_left_alone(text: str) -> None:
    assert normalise(text) == text


def test_a_latin_letter_in_a_russian_word_becomes_russian() -> None:
    latin_o = "o"
    assert normalise(f"большой к{latin_o}т и собака") == "большой кот и собака"


def test_a_word_of_look_alikes_amid_english_is_read_as_english() -> None:
    assert normalise("please send me the рассаре with all the money you have").isascii()


def test_lone_surrogates_and_line_ends() -> None:
    assert normalise("a\ud800b\r\ntwo\rthree\x0cfour") == "a\ufffdb\ntwo\nthree\nfour"


def test_no_word_is_longer_than_a_tokenizer_reads() -> None:
    pieces = normalise("kill" * 1000).split(" ")
    assert max(map(len, pieces)) == 100
    assert "".join(pieces) == "kill" * 1000


TRICKY = st.text(
    alphabet=st.sampled_from(list("ab kil1430!@$.-_ \n\u200b\u0301\u0316кіοаАB\ud800"))
)


@given(st.one_of(st.text(), TRICKY))
@settings(max_examples=400, deadline=None)
@example("k i l l " * 60)
@example("a" * 101 + " b c d")
@example("\u0627\u0301\u0301\u0301\u0653")
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_what_comes_out_can_be_encoded(text: str) -> None:
    assert "\x00" not in normalise(text).encode("utf-8").decode("utf-8")
