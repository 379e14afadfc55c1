"""The composed generator: examples for any constitution, offline, from its own words.

Takes a constitution and a seed; puts the author's clauses and written examples, a little reworded,
into ordinary text, and answers in the format any generator answers in. Every draw is settled by the
seed and the slot, so order and concurrency change nothing. Knows nothing about files or models.

It is weak, and meant as a floor. It knows the author's words and no others: no synonyms, no
situations, no disguise, and the surroundings are small talk. A gate trained on it recognises texts
that sound like the policy and its examples. The more examples the author writes, and the more they
sound like real data, the better it gets; a language model's replies are better still.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from gatewright.artefacts import digest
from gatewright.constitution.records import Constitution, VerdictName
from gatewright.training.generators.composed.carriers import carrier, reworded
from gatewright.training.generators.composed.everyday import QUESTIONS, STATEMENTS
from gatewright.training.generators.composed.fragments import (
    Fragment,
    fragments_of,
    shortened,
    words,
)
from gatewright.training.generators.records import Reply, Request
from gatewright.training.slots import Slot

__all__ = ["Composed", "open_generator"]

_VERDICTS: tuple[VerdictName, ...] = ("restricted", "permitted")
_VERSION = 1
"""Part of the model's name: to be raised when the same seed would give other texts."""

_LENGTHS = (8, 60)
"""Words of a text, drawn log-uniformly for both verdicts alike."""

_EVERYDAY_SHARE = 0.35
"""Share of permitted examples that have nothing to do with the policy at all."""

_WORDS = re.compile(r"(\d+)\s*(?:to|-|\u2013)\s*(\d+)\s+words")


class Composed:
    """Composes an answer to every request."""

    name = "composed"

    def __init__(self, constitution: Constitution, *, seed: int) -> None:
        self.model = f"composed-{_VERSION}-seed-{seed}"
        self._constitution = constitution
        self._seed = seed
        self._asking = constitution.judges == "prompt"

    def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """An answer to each request for a slot, in their order; it has no judgement to give."""
        for request in requests:
            slot = request.slot
            if slot is None:
                continue
            pairs = slot.difficulty == "boundary"
            value = {"pairs": self._pairs(slot)} if pairs else {"examples": self._singles(slot)}
            yield Reply(
                id=request.id,
                text=json.dumps(value, ensure_ascii=False),
                finish_reason="stop",
                model=self.model,
                generator=self.name,
            )

    def _singles(self, slot: Slot) -> list[dict[str, str]]:
        items: list[dict[str, str]] = []
        for index in range(slot.count):
            rng = self._random(slot, index)
            length = _length(slot, rng)
            fragment = self._fragment(slot, rng, length)
            (item,) = self._items(slot, rng, [fragment], length)
            items.append(item)
        return items

    def _pairs(self, slot: Slot) -> list[dict[str, dict[str, str]]]:
        pairs: list[dict[str, dict[str, str]]] = []
        for index in range(slot.count):
            rng = self._random(slot, index)
            length = _length(slot, rng)
            if fragments := self._contrast(slot, rng, length):
                items = self._items(slot, rng, fragments, length)
                pairs.append({"restricted": items[0], "permitted": items[1]})
        return pairs

    def _random(self, slot: Slot, index: int) -> random.Random:
        return random.Random(digest([self._seed, slot.id, index]))

    def _fragment(self, slot: Slot, rng: random.Random, length: int) -> Fragment:
        """Words that decide the slot's verdict and leave room for others within `length`."""
        if slot.verdict == "permitted" and rng.random() < _EVERYDAY_SHARE:
            return self._everyday(rng)
        rule = self._constitution.rule(slot.clause)
        clause = self._constitution.clause(slot.clause)
        own = fragments_of(self._constitution, rule, slot.verdict, clause)
        fitting = [each for each in own if each.is_example and words(each.text) <= length]
        if fitting and rng.random() < 0.6:
            return rng.choice(fitting)
        phrase = rng.choice([each for each in own if not each.is_example])
        return Fragment(shortened(phrase.text, max(4, length - 4), rng))

    def _contrast(self, slot: Slot, rng: random.Random, length: int) -> list[Fragment]:
        """A restricted and a permitted fragment of one form and about one length, or nothing."""
        rule = self._constitution.rule(slot.clause)
        clause = self._constitution.clause(slot.clause)
        sides = [
            fragments_of(self._constitution, rule, verdict, clause)
            if verdict == slot.verdict
            else fragments_of(self._constitution, rule, verdict)
            for verdict in _VERDICTS
        ]
        if not sides[0]:
            return []
        examples = [
            [first, second]
            for first in sides[0]
            for second in sides[1]
            if first.is_example and second.is_example
            if max(words(first.text), words(second.text)) <= length
            if abs(words(first.text) - words(second.text)) <= 6
        ]
        if examples and rng.random() < 0.5:
            return rng.choice(examples)
        phrases = [[each.text for each in side if not each.is_example] for side in sides]
        chosen = [rng.choice(side or list(_bare(STATEMENTS))) for side in phrases]
        limit = max(4, min(*map(words, chosen), length - 4) + 3)
        return [Fragment(shortened(text, limit, rng)) for text in chosen]

    def _everyday(self, rng: random.Random) -> Fragment:
        return Fragment(rng.choice(QUESTIONS if self._asking else STATEMENTS), is_example=True)

    def _items(
        self, slot: Slot, rng: random.Random, fragments: Sequence[Fragment], length: int
    ) -> list[dict[str, str]]:
        """One item for each fragment, all in the same carrier."""
        around = carrier(
            rng,
            asking=self._asking,
            cores=[each.text for each in fragments],
            length=length,
            context=self._context(slot),
        )
        prompt = next((each.prompt for each in fragments if each.prompt), None)
        if prompt is None or rng.random() < 0.5:
            prompt = rng.choice(QUESTIONS)
        *others, judged = self._constitution.fields
        items = []
        for fragment in fragments:
            text = around.around(reworded(fragment.text, rng), framed=not fragment.is_example)
            items.append({**dict.fromkeys(others, prompt), judged: text})
        return items

    def _context(self, slot: Slot) -> list[str]:
        """Short subjects to name: dimension values, and the rule's title where it is subtle."""
        context = [each for each in slot.values.values() if words(each) <= 4]
        if slot.difficulty != "plain":
            context.append(self._constitution.rule(slot.clause).title)
        return context


def open_generator(
    argument: str, *, constitution: Constitution, policy: Path, seed: int
) -> Composed:
    """A composer for `constitution`; `argument` and `policy` do not matter to it."""
    return Composed(constitution, seed=seed)


def _length(slot: Slot, rng: random.Random) -> int:
    """Words to aim for: as a dimension value says (`40 to 90 words`), or drawn."""
    low, high = _LENGTHS
    for value in slot.values.values():
        if match := _WORDS.search(value):
            low, high = int(match[1]), int(match[2])
    low, high = max(6, low), max(7, min(high, _LENGTHS[1]))
    low = min(low, high)
    return round(math.exp(rng.uniform(math.log(low), math.log(high))))


def _bare(sentences: Sequence[str]) -> Iterator[str]:
    return (sentence.rstrip(".") for sentence in sentences)
