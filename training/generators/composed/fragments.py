"""The decisive words: short phrases taken from a constitution's clauses and written examples.

Takes a constitution and a clause; knows nothing about the texts that the phrases end up in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from gatewright.constitution.records import Clause, Constitution, Rule, VerdictName

__all__ = ["Fragment", "fragments_of", "shortened", "words"]

_MARKUP = re.compile(r"[*_`]+|\{#[\w-]+\}|\[([^\]]*)\]\([^)]*\)")
_QUOTED = re.compile(r"[\"\u201c\u00ab]([^\"\u201d\u00bb]+)[\"\u201d\u00bb]")
_BREAK = re.compile(r"(?<=[.!?])\s+|\s*[:;()]\s*|\s+\u2013\s+|\s+-\s+")
_CHOICE = re.compile(r"((?:[\w'-]+, )+[\w'-]+,? and|(?:[\w'-]+, )*[\w'-]+,? or) ([\w'-]+)")
_SMALL = """
a an the to of in on at for by with from as that this it its be is are was were not no so
than then can cannot could may might must will would has have had
"""
"""Words that show a list of alternatives to be longer than its neighbours: it is left whole."""
_MAX_VARIANTS = 8
_MAX_DEFINITION = 8


@dataclass(frozen=True, slots=True)
class Fragment:
    """A phrase that decides a verdict, or a whole text that the author gave as an example."""

    text: str
    """A phrase without a final full stop, or the judged field of a written example."""
    prompt: str | None = None
    """The prompt the author wrote with it, in an exchange."""
    is_example: bool = False


def words(text: str) -> int:
    """How many words `text` has, by spaces."""
    return len(text.split())


def fragments_of(
    constitution: Constitution, rule: Rule, verdict: VerdictName, clause: Clause | None = None
) -> list[Fragment]:
    """Every fragment of `verdict` in `rule`, or only those of `clause`.

    The author's examples come first, then the words of the clauses: quoted speech whole, lists
    (`quoting or condemning it`) one choice at a time, defined terms also in other words.
    """
    side = rule.restricted if verdict == "restricted" else rule.permitted
    clauses = side if clause is None else (clause,)
    named = {each.id for each in clauses}
    written = [each.fields for each in rule.examples if each.clause in named]
    judged = constitution.fields[-1]
    found = [
        Fragment(
            " ".join(fields[judged].split()),
            prompt=fields.get("prompt") if judged == "response" else None,
            is_example=True,
        )
        for fields in written
        if fields.get(judged)
    ]
    phrases = [phrase for each in clauses for phrase in _phrases(each)]
    phrases += [other for phrase in phrases for other in _without_terms(constitution, phrase)]
    found += [Fragment(phrase) for phrase in phrases or [each.text for each in clauses]]
    return list(dict.fromkeys(found))


def _phrases(clause: Clause) -> Iterator[str]:
    text = " ".join(_MARKUP.sub(lambda match: match[1] or "", clause.text).split())
    quotations = (quoted.strip(" .,") for quoted in _QUOTED.findall(text))
    yield from (quoted for quoted in quotations if words(quoted) >= 2)
    for part in _BREAK.split(text):
        phrase = part.strip(" .,;")
        if words(phrase) >= 2:
            yield from _choices(phrase if phrase[:2].isupper() else phrase[0].lower() + phrase[1:])


def _without_terms(constitution: Constitution, phrase: str) -> Iterator[str]:
    """`phrase` with a defined term replaced by the first words of its definition."""
    for term in constitution.terms:
        name = re.compile(rf"\b{re.escape(term.name)}\b(?!['\u2019])", re.IGNORECASE)
        definition = _BREAK.split(term.text.strip())[0].split(", ")[0].strip(" .,;")
        definition = re.sub(r"^(?:an?|the) ", "", definition)
        if 0 < words(definition) <= _MAX_DEFINITION and name.search(phrase):
            yield name.sub(definition.replace("\\", r"\\"), phrase, count=1)


def _choices(phrase: str) -> list[str]:
    """`phrase`, and it with each list of alternatives cut down to one of them."""
    pieces = [phrase]
    small = frozenset(_SMALL.split())
    lists = [
        (match, [*re.sub(r",? \w+$", "", match[1]).split(", "), match[2]])
        for match in _CHOICE.finditer(phrase)
    ]
    lists = [each for each in lists if not small & set(each[1])][:3]
    if lists:
        options = [alternatives for _, alternatives in lists]
        for chosen in list(product(*options))[:_MAX_VARIANTS]:
            changed = phrase
            for (match, _), word in zip(lists, chosen, strict=True):
                changed = changed.replace(match[0], word, 1)
            pieces.append(changed)
    return pieces


def shortened(text: str, limit: int, rng: random.Random) -> str:
    """`text` in at most `limit` words, cut where a comma or `or` lets it be cut if one does.

    Mostly its beginning, for a clause begins with what it restricts or permits.
    """
    if words(text) <= limit:
        return text
    parts = [part for part in re.split(r",\s+|\s+(?:or|and)\s+", text) if words(part) >= 2]
    fitting = [part for part in parts if words(part) <= limit]
    if fitting:
        return fitting[0] if rng.random() < 0.7 else rng.choice(fitting)
    return " ".join(text.split()[:limit])
