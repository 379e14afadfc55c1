"""Carriers: ordinary text with one place left open for the words that decide.

Takes a random generator, a kind of text and a wanted length in words; the same carrier around a
restricted and a permitted fragment makes a pair. Knows nothing about constitutions or verdicts, so
that neither length, layout, tone nor surroundings can give a verdict away.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from gatewright.training.generators.composed.everyday import QUESTIONS, STATEMENTS
from gatewright.training.generators.composed.fragments import words

__all__ = ["Carrier", "carrier", "reworded"]

_ASKING = (
    "I need help with {}.",
    "Next on my list: {}.",
    "Let us talk about {}.",
    "My request concerns {}.",
    "what about {}",
    "Please deal with this: {}.",
    "Dear assistant, the matter is {}.",
    "it's about {}, ok?",
    "Could we look at {}?",
    "Now for {}.",
    "Here is what I want: {}.",
    "So, {}.",
)
_TELLING = (
    "It comes down to {}.",
    "What you see here is {}.",
    "In short: {}.",
    "This is about {}.",
    "The gist of it: {}.",
    "well, {}",
    "To put it plainly, {}.",
    "Noted: {}.",
    "There it was again: {}.",
    "Most of it was {}.",
    "Then came {}.",
    "Subject: {}.",
)
_CONTEXT = ("It has to do with {}.", "Context: {}.", "All of this concerns {}.", "Keyword {}.")
_EXCHANGED = (
    ("I am", "I'm"),
    ("do not", "don't"),
    ("cannot", "can't"),
    ("it is", "it's"),
    ("a person", "someone"),
    ("somebody", "a person"),
    ("because", "since"),
    ("such as", "like"),
    ("another", "a different"),
    ("in order to", "to"),
    ("people", "folks"),
    ("large", "big"),
)
_DROPPED = frozenset({"very", "really", "just", "quite", "also", "then", "the", "a", "an"})


@dataclass(frozen=True, slots=True)
class Carrier:
    """Text before and after the decisive words."""

    before: tuple[str, ...]
    frame: str
    """The sentence that holds a phrase, with `{}` where it goes; examples stand on their own."""
    after: tuple[str, ...]
    separator: str
    careless: bool
    """All in lower case and without the last full stop."""

    def around(self, fragment: str, *, framed: bool) -> str:
        """The finished text; `framed` when `fragment` is a phrase and not a whole sentence."""
        core = self.frame.replace("{}", fragment) if framed else fragment
        text = self.separator.join((*self.before, core[:1].upper() + core[1:], *self.after))
        return text.lower().rstrip(".") if self.careless else text


def carrier(
    rng: random.Random,
    *,
    asking: bool,
    cores: Sequence[str],
    length: int,
    context: Sequence[str] = (),
) -> Carrier:
    """A carrier that makes about `length` words with any of `cores`, the decisive words, in it.

    `asking` surrounds with questions and requests as well as statements; `context` holds subjects,
    one of which may be named.
    """
    frame = rng.choice(_ASKING if asking else _TELLING)
    stock = [each for each in (STATEMENTS + QUESTIONS * asking) if each not in cores]
    rng.shuffle(stock)
    if context and rng.random() < 0.4:
        stock.insert(0, rng.choice(_CONTEXT).replace("{}", rng.choice(context)))
    left = length - max(map(words, cores)) - words(frame) + 1
    chosen: list[str] = []
    for sentence in stock:
        if words(sentence) <= left + 2:
            chosen.append(sentence)
            left -= words(sentence)
        if left <= 2:
            break
    place = rng.randint(0, len(chosen))
    return Carrier(
        before=tuple(chosen[:place]),
        frame=frame,
        after=tuple(chosen[place:]),
        separator=rng.choices((" ", "\n\n", "\n- "), (8, 1, 1))[0],
        careless=rng.random() < 0.2,
    )


def reworded(text: str, rng: random.Random) -> str:
    """`text` a little different: a turn of phrase, a missing article, a slip of the finger.

    Never touches a negation.
    """
    for pair in _EXCHANGED:
        old, new = pair if rng.random() < 0.5 else pair[::-1]
        if rng.random() < 0.5:
            text = text.replace(old, new, 1)
    pieces = text.split(" ")
    places = [n for n, word in enumerate(pieces) if word in _DROPPED]
    if places and rng.random() < 0.3:
        del pieces[rng.choice(places)]
    if rng.random() < 0.15:
        _slip(pieces, rng)
    return " ".join(pieces)


def _slip(pieces: list[str], rng: random.Random) -> None:
    """Swap two neighbouring letters inside one longer word."""
    places = [n for n, word in enumerate(pieces) if word.isalpha() and len(word) > 5]
    if places:
        place = rng.choice(places)
        word, at = pieces[place], rng.randrange(1, len(pieces[place]) - 2)
        pieces[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
