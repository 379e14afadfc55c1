"""The decisive words: what is taken from a clause, and what is not."""

from __future__ import annotations

import random

import pytest

from gatewright.constitution import parse
from gatewright.training.generators.composed.fragments import fragments_of, shortened

POLICY = """---
name: p
version: 1.0.0
judges: document
---
# P
Text.

## Terms
- **Parcel**: a box or bag, on its way

## A {{#a}}
Text.
### Restricted
- {{#b}} {clause}
### Permitted
- {{#c}} Something else entirely.
### Examples
- restricted (b): "An example
  of it."
"""


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("Telling it.", ["telling it"]),
        ("AI texts: those by machines.", ["AI texts", "those by machines"]),
        ('Saying "please open it" or "no".', ["please open it"]),
        ("Hinting or guessing at it.", ["hinting at it", "guessing at it"]),
        ("Size, weight or shape of it.", ["size of it", "weight of it", "shape of it"]),
        ("Opening it and telling of it.", ["opening it and telling of it"]),
        ("Telling it to the or a person.", ["telling it to the or a person"]),
        ("Opening the parcel.", ["opening the parcel", "opening the box or bag"]),
        ("Opening a parcel's lid.", ["opening a parcel's lid"]),
        ("**Opening** `it` [there](http://x).", ["opening it there"]),
        ("Rain.", ["Rain."]),
    ],
)
def test_phrases_of_a_clause(clause: str, expected: list[str]) -> None:
    constitution = parse(POLICY.format(clause=clause))
    (rule,) = constitution.rules
    found = fragments_of(constitution, rule, "restricted", rule.clauses[0])
    phrases = [each.text for each in found if not each.is_example]
    assert set(expected) <= set(phrases)
    assert not {"or", "no", "the", "a"} & set(phrases)
    assert [each.text for each in found if each.is_example] == ["An example of it."]


def test_a_long_phrase_is_cut_where_it_may_be() -> None:
    rng = random.Random(0)
    text = "telling what is in it, hinting at what it is worth or naming whom it is for"
    parts = {shortened(text, 6, rng) for _ in range(50)}
    assert parts == {
        "telling what is in it",
        "hinting at what it is worth",
        "naming whom it is for",
    }
    assert shortened(text, 3, rng) == "telling what is"
    assert shortened(text, 99, rng) == text
