"""Every transform keeps its promise: what was done to a text can be seen, and mostly undone."""

from __future__ import annotations

import base64
import codecs
import json
import random
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.classifiers.normalising import normalise
from gatewright.training.disguises import ALL, FAMILIES, Transform, compose
from gatewright.training.generators.composed.everyday import QUESTIONS, STATEMENTS

BY_NAME = {each.name: each for each in ALL}
ORDINARY = [*STATEMENTS, *QUESTIONS, " ".join(STATEMENTS[:12]), "First.\n\n- second\n- third one"]

TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        ["", " ", "\n", "a", "\U0001f469\u200d\U0001f4bb ok", "{} {}", "a\r\nb", "%41"]
    ),
    st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=4).map("\n".join),
)
SEEDS = st.integers(0, 2**32)


def family(name: str) -> list[Transform]:
    return [each for each in ALL if each.family == name]


def changed(name: str, text: str, seed: int = 0) -> str:
    return BY_NAME[name](text, random.Random(seed))


DECODERS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64decode(text, validate=True).decode(),
    "hex": lambda text: bytes.fromhex(re.sub(r"[\s-]", "", text)).decode(),
    "rot13": lambda text: codecs.decode(text, "rot13"),
    "url escapes": unquote,
    "reversed words": lambda text: re.sub(r"\S+", lambda word: word.group()[::-1], text),
    "reversed order": lambda text: "".join(re.split(r"(\s+)", text)[::-1]),
}


def test_names_are_distinct_and_every_family_is_there() -> None:
    assert len(BY_NAME) == len(ALL)
    assert {each.family for each in ALL} == set(FAMILIES)
    assert {each.name for each in family("encoding")} == set(DECODERS)


@pytest.mark.parametrize("transform", ALL, ids=lambda each: each.name)
@given(text=TEXTS, seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_any_text_is_taken_and_the_draws_settle_the_result(
    transform: Transform, text: str, seed: int
) -> None:
    once = transform(text, random.Random(seed))
    assert once == transform(text, random.Random(seed))
    once.encode("utf-8")


@pytest.mark.parametrize("transform", ALL, ids=lambda each: each.name)
def test_ordinary_text_is_changed(transform: Transform) -> None:
    assert all(transform(text, random.Random(text)) != text for text in ORDINARY)


@pytest.mark.parametrize("name", DECODERS)
@given(text=TEXTS, seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_an_encoding_can_be_decoded(name: str, text: str, seed: int) -> None:
    assert DECODERS[name](changed(name, text, seed)) == text


@pytest.mark.parametrize(
    "transform",
    [each for name in ("padding", "role play", "hypothetical") for each in family(name)],
    ids=lambda each: each.name,
)
@given(text=TEXTS, seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_padding_and_frames_hold_the_text_word_for_word(
    transform: Transform, text: str, seed: int
) -> None:
    result = transform(text, random.Random(seed))
    assert text in result
    assert len(result) > len(text)


def test_padding_stands_where_it_says() -> None:
    for seed in range(20):
        assert changed("padding before", "here", seed).endswith("here")
        assert changed("padding after", "here", seed).startswith("here")
        ahead, _, behind = changed("buried", "here 7", seed).partition("here 7")
        assert min(len(ahead), len(behind)) > 100


def _joined(text: str) -> str:
    """Reads `name = "piece"` lines and joins them in the order of the last line."""
    *lines, last = text.split("\n")
    pieces = {line.partition(" = ")[0]: json.loads(line.partition(" = ")[2]) for line in lines}
    order = re.search(r"\w+(?: \+ \w+)+", last)
    assert order
    return "".join(pieces[name] for name in order.group().split(" + "))


@given(text=TEXTS.filter(lambda text: len(text) > 1), seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_variables_can_be_joined(text: str, seed: int) -> None:
    assert _joined(changed("joined variables", text, seed)) == text


@pytest.mark.parametrize("text", ORDINARY)
def test_numbered_parts_can_be_joined(text: str) -> None:
    for seed in range(10):
        parts = re.split(
            r"\n*^(?:Part \d: |Piece \d of \d: |\(\d/\d\) |\[\d\] |\d\. |\d\) )",
            changed("numbered parts", text, seed),
            flags=re.MULTILINE,
        )
        assert parts[0] == ""
        assert len(parts) > 2
        assert " ".join(parts[1:]).split() == text.split()


@given(text=TEXTS, seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_short_lines_are_the_same_words(text: str, seed: int) -> None:
    assert changed("short lines", text, seed).split() == text.split()


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("leet", 1, 1),
        ("heavy leet", 1, 1),
        ("homoglyphs", 1, 1),
        ("fullwidth", 1, 1),
        ("random case", 1, 1),
        ("zero width", 1, 2),
        ("spaced letters", 1, 2),
        ("diacritics", 1, 2),
        ("typos", 0.75, 1.25),
    ],
)
@given(text=TEXTS, seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_obfuscation_keeps_the_length_to_a_factor(
    name: str, least: float, most: float, text: str, seed: int
) -> None:
    assert least * len(text) <= len(changed(name, text, seed)) <= most * len(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_obfuscation_keeps_the_letters_it_says_it_keeps(text: str) -> None:
    assert changed("random case", text).lower() == text.lower()
    bare = unicodedata.normalize("NFD", changed("diacritics", text))
    assert "".join(each for each in bare if not unicodedata.combining(each)) == text
    assert changed("spaced letters", text).translate(
        str.maketrans("", "", " .-_*\n")
    ) == text.translate(str.maketrans("", "", " .-_*\n"))
    slips = zip(text.split(), changed("typos", text).split(), strict=True)
    assert all((old[0], old[-1]) == (new[0], new[-1]) for old, new in slips)


@pytest.mark.parametrize("transform", [each for each in ALL if each.undone], ids=lambda e: e.name)
@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_said_to_be_undone_the_normaliser_undoes(transform: Transform, text: str) -> None:
    for seed in range(8):
        disguised = transform(text, random.Random(seed))
        plain, wanted = normalise(disguised), normalise(text)
        if transform.name == "spaced letters":
            # Its double spaces stay; to a tokenizer they are as one.
            plain, wanted = re.sub(" +", " ", plain), re.sub(" +", " ", wanted)
        assert plain == wanted


@pytest.mark.parametrize(
    "transform", [each for each in ALL if not each.undone], ids=lambda e: e.name
)
def test_what_is_not_said_to_be_undone_is_not(transform: Transform) -> None:
    text = ORDINARY[-2]
    assert normalise(transform(text, random.Random(0))) != normalise(text)


@given(text=TEXTS, seed=SEEDS)
@settings(max_examples=200, deadline=None)
def test_hidden_characters_are_undone_in_any_text(text: str, seed: int) -> None:
    assert normalise(changed("zero width", text, seed)) == normalise(text)


def test_a_composition_is_named_after_its_parts_and_works_from_the_inside_out() -> None:
    base, around = BY_NAME["base64"], BY_NAME["padding around"]
    outside, inside = compose(base, around), compose(around, base)
    assert (outside.name, outside.family) == ("base64 + padding around", "compound")
    coded = changed("base64", "a parcel")
    assert coded in outside("a parcel", random.Random(1))
    decoded = DECODERS["base64"](inside("a parcel", random.Random(1)))
    assert "a parcel" in decoded != "a parcel"


def test_how_much_one_part_draws_does_not_move_the_next() -> None:
    both = compose(BY_NAME["random case"], BY_NAME["role play"])
    short, long = "one", "some other words of greater length " * 3
    frames = [
        re.sub(re.escape(text), "", both(text, random.Random(3)), flags=re.IGNORECASE)
        for text in (short, long)
    ]
    assert frames[0] == frames[1]
