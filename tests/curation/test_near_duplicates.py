"""Almost the same text: one of several groups stays, siblings of a group all do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.training.curation import drop_near_duplicates
from gatewright.training.curation.fingerprints import jaccard, shingles


def changed(text: str, at: int, word: str = "elsewhere") -> str:
    words = text.split()
    words[at] = word
    return " ".join(words)


@pytest.mark.parametrize("words", [16, 32, 33, 40, 48, 49, 60, 300])
def test_one_changed_word_makes_a_near_duplicate_at_any_length(
    words: int, make: Any, prose: Any
) -> None:
    text = prose(words, words)
    first, second = make(text), make(changed(text, 0))
    kept, dropped = drop_near_duplicates([first, second])
    assert kept == [first]
    assert [(each.reason, each.detail) for each in dropped] == [
        ("near duplicate", f"like {first.id}")
    ]


def test_a_pair_on_either_side_of_the_change_from_characters_to_words_is_found(
    make: Any, prose: Any
) -> None:
    text = prose("border", 34)
    shorter = " ".join(text.split()[2:])
    assert len(drop_near_duplicates([make(text), make(shorter)]).dropped) == 1


@pytest.mark.parametrize("words", [5, 20, 40, 200])
def test_different_texts_all_stay(words: int, make: Any, prose: Any) -> None:
    examples = [make(prose(number, words)) for number in range(40)]
    assert drop_near_duplicates(examples) == (examples, [])


def test_twins_of_a_boundary_pair_both_stay(make: Any, prose: Any) -> None:
    text = prose("pair", 30)
    twins = [
        make(text, restricted=True, group="pair"),
        make(changed(text, 3), restricted=False, group="pair"),
    ]
    assert drop_near_duplicates(twins).kept == twins


def test_a_copy_of_a_twin_in_another_group_goes(make: Any, prose: Any) -> None:
    text = prose("pair", 30)
    twins = [make(text, group="pair"), make(changed(text, 3), group="pair", restricted=True)]
    copy = make(changed(text, 25), group="other")
    kept, dropped = drop_near_duplicates([*twins, copy])
    assert kept == twins
    assert [each.example for each in dropped] == [copy]


def test_what_was_dropped_keeps_nothing_else_out(make: Any) -> None:
    # b is near a and near c, but a is not near c: only b goes.
    words = [f"word{number}x" for number in range(100)]
    a, b, c = (" ".join(words[start : start + 60]) for start in (0, 6, 12))
    assert jaccard(shingles(a, "words"), shingles(b, "words")) >= 0.7
    assert jaccard(shingles(a, "words"), shingles(c, "words")) < 0.7
    examples = [make(a), make(b), make(c)]
    assert drop_near_duplicates(examples).kept == [examples[0], examples[2]]


def test_the_same_long_response_under_two_prompts_is_kept_once(make: Any, prose: Any) -> None:
    response = prose("response", 40)
    first = make(prompt=prose("p", 60), response=response)
    second = make(prompt=prose("q", 60), response=response.upper())
    kept, dropped = drop_near_duplicates([first, second])
    assert kept == [first]
    assert [(each.reason, each.detail) for each in dropped] == [
        ("same response", f"like {first.id}")
    ]


def test_a_short_response_may_answer_many_prompts(make: Any, prose: Any) -> None:
    examples = [
        make(prompt=prose(number, 40), response="I cannot help with that.") for number in range(10)
    ]
    assert drop_near_duplicates(examples).kept == examples


def test_one_long_prompt_may_have_many_answers(make: Any, prose: Any) -> None:
    prompt = prose("prompt", 100)
    examples = [make(prompt=prompt, response=prose(number, 8)) for number in range(10)]
    assert drop_near_duplicates(examples).kept == examples
    copy = make(prompt=changed(prompt, 50), response=examples[3].response)
    assert drop_near_duplicates([*examples, copy]).kept == examples


def test_the_same_response_within_a_group_stays(make: Any, prose: Any) -> None:
    response = prose("response", 40)
    twins = [
        make(prompt=prose(number, 60), response=response, group="pair") for number in ("p", "q")
    ]
    assert drop_near_duplicates(twins).kept == twins


def test_odd_text_is_compared_without_complaint(make: Any) -> None:
    examples = [make("a"), make("\u4f60\u597d"), make("x" * 5000), make("\ud800 lone")]
    assert drop_near_duplicates(examples).kept == examples


@given(st.sets(st.integers(0, 60), min_size=1), st.sets(st.integers(0, 60), min_size=1))
@settings(max_examples=50, deadline=None)
def test_jaccard_is_shared_over_all(left: set[int], right: set[int]) -> None:
    one, other = ({str(each) for each in side} for side in (left, right))
    shared = sum(each in other for each in one)
    assert jaccard(one, other) == shared / (len(one) + len(other) - shared)
