"""The same text twice: one stays, unless the copies contradict each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gatewright.training.curation import drop_exact_duplicates


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello there", "hello THERE"),
        ("Hello there", "  hello \n\t there "),
        ("Hello there", "\uff28\uff45llo there"),
        ("Straße", "STRASSE"),
        ("Hello there", "Hel\u200blo there"),
    ],
)
def test_texts_that_differ_in_form_only_are_one(one: str, other: str, make: Any) -> None:
    first, second = make(one), make(other)
    kept, dropped = drop_exact_duplicates([first, second])
    assert kept == [first]
    assert [(each.reason, each.example, each.detail) for each in dropped] == [
        ("exact duplicate", second, f"same as {first.id}")
    ]


def test_texts_that_differ_in_a_word_are_two(make: Any) -> None:
    examples = [make("kill the process"), make("kill the princess")]
    assert drop_exact_duplicates(examples) == (examples, [])


def test_contradictory_copies_all_go(make: Any) -> None:
    examples = [
        make("a b", group="1"),
        make("A  b", restricted=True, group="2"),
        make("a b", group="3"),
    ]
    kept, dropped = drop_exact_duplicates(examples)
    assert kept == []
    assert {each.reason for each in dropped} == {"contradictory labels"}
    assert [each.example for each in dropped] == examples


def test_verdicts_on_different_rules_do_not_contradict(make: Any) -> None:
    one = make("a b", restricted=True)
    other = replace(one, verdicts={"another": 0}, group="2")
    kept, dropped = drop_exact_duplicates([one, other])
    assert kept == [one]
    assert [each.reason for each in dropped] == ["exact duplicate"]


def test_an_exchange_is_the_same_only_with_prompt_and_response(make: Any) -> None:
    examples = [
        make(prompt="p", response="no"),
        make(prompt="q", response="no"),
        make(prompt="p", response="yes"),
        make(prompt="pn", response="o"),
    ]
    assert drop_exact_duplicates(examples).kept == examples
    assert drop_exact_duplicates([*examples, make(prompt="P", response="NO")]).kept == examples


def test_a_text_is_not_the_same_as_a_prompt(make: Any) -> None:
    examples = [make("hello"), make(prompt="hello")]
    assert drop_exact_duplicates(examples).kept == examples
