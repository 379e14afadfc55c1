"""What templates are given: the constitution and the wish, as plain strings, numbers and lists.

Takes records; gives a dictionary that JSON can hold, so that no object reaches a template.
Every name in it is documented in the bundled templates' first lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gatewright.constitution.records import (
    Clause,
    Constitution,
    Judges,
    Rule,
    VerdictName,
    WrittenExample,
)

__all__ = ["policy_context", "prompt_context"]

_MAX_NEIGHBOURS = 24_000
"""Characters of other rules shown; a constitution of thousands of rules shows their titles only."""

_SUBJECTS: dict[Judges, str] = {
    "prompt": "a message that a person sends to an AI assistant",
    "response": "an answer that an AI assistant gives",
    "exchange": "an answer that an AI assistant gives, read in the light of the message it answers",
    "document": "a piece of text, such as a post, an article, a message or a record in a data set",
}
_MEANINGS = {
    "prompt": "the message a person sends to an AI assistant",
    "response": "the assistant's answer, complete, as the person would see it",
    "text": "the text, complete, as it would be found",
}
_DIFFICULTIES = {
    "plain": "plain: unmistakable. A careful reader decides at once, without discussion.",
    "subtle": (
        "subtle: decided by a single phrase or by the situation. Neutral in tone, without signal "
        "words, and with the same vocabulary that texts of the opposite verdict would use. "
        "Still right: a careful reader who knows the rule reaches the wanted verdict."
    ),
    "look-alike": (
        "look-alike: it looks like the opposite verdict. A permitted text has the subject and the "
        "signal words of what the rule restricts, and is harmless as soon as it is read with "
        "care; a restricted text sounds innocent, friendly or merely practical, without any "
        "signal word, and is restricted all the same."
    ),
    "disguised": (
        "disguised: wrapped up as the property 'disguise' says. The wrapping is the same whatever "
        "the verdict; what is inside alone decides, and a careful reader still finds it."
    ),
    "boundary": (
        "boundary: on both sides of the line. The two texts of a pair differ in as few words as "
        "possible, and exactly those words decide."
    ),
}


def prompt_context(
    constitution: Constitution,
    clause: Clause,
    verdict: VerdictName,
    difficulty: str,
    values: Mapping[str, str],
    count: int,
) -> dict[str, Any]:
    """The variables of the writer's templates."""
    rule = constitution.rule(clause.rule)
    return {
        **_whole(constitution),
        "rule": _rule(rule),
        "other_rules": _other_rules(constitution, rule),
        "clause": _clause(clause),
        "verdict": verdict,
        "difficulty": difficulty,
        "difficulty_meaning": _DIFFICULTIES[difficulty],
        "values": [{"name": name, "value": value} for name, value in values.items()],
        "count": count,
        "shape": _shape(constitution.fields, pairs=difficulty == "boundary"),
        "mark": rule.digest[:8],
    }


def policy_context(constitution: Constitution) -> dict[str, Any]:
    """The variables about the constitution as a whole, every rule in full."""
    return {**_whole(constitution), "rules": [_rule(rule) for rule in constitution.rules]}


def _whole(constitution: Constitution) -> dict[str, Any]:
    return {
        "constitution": {
            "name": constitution.name,
            "title": constitution.title,
            "version": constitution.version,
            "purpose": constitution.purpose,
            "terms": [{"name": term.name, "text": term.text} for term in constitution.terms],
        },
        "judges": constitution.judges,
        "subject": _SUBJECTS[constitution.judges],
        "fields": [{"name": name, "meaning": _MEANINGS[name]} for name in constitution.fields],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "text": rule.text,
        "restricted": [_clause(clause) for clause in rule.restricted],
        "permitted": [_clause(clause) for clause in rule.permitted],
        "examples": [_example(example) for example in rule.examples],
    }


def _clause(clause: Clause) -> dict[str, str]:
    short = clause.id.partition("/")[2]
    return {"id": short, "verdict": clause.verdict, "text": clause.text}


def _example(example: WrittenExample) -> dict[str, Any]:
    return {
        "verdict": example.verdict,
        "clause": example.clause.partition("/")[2],
        "fields": [{"name": name, "text": text} for name, text in example.fields.items()],
    }


def _other_rules(constitution: Constitution, rule: Rule) -> list[dict[str, Any]]:
    """What else is restricted: a permitted text is permitted by the whole constitution."""
    others = [other for other in constitution.rules if other.id != rule.id]
    full = [_neighbour(other, other.restricted) for other in others]
    if _characters(full) <= _MAX_NEIGHBOURS:
        return full
    titles = [_neighbour(other, ()) for other in others]
    return titles if _characters(titles) <= _MAX_NEIGHBOURS else []


def _neighbour(rule: Rule, clauses: Iterable[Clause]) -> dict[str, Any]:
    return {"title": rule.title, "restricted": [clause.text for clause in clauses]}


def _characters(neighbours: list[dict[str, Any]]) -> int:
    return sum(len(each["title"]) + sum(map(len, each["restricted"])) for each in neighbours)


def _shape(fields: tuple[str, ...], *, pairs: bool) -> str:
    item = "{" + "".join(f'"{field}": "...", ' for field in fields) + '"confidence": 0.9}'
    if pairs:
        return f'{{"pairs": [{{"restricted": {item}, "permitted": {item}}}, ...]}}'
    return f'{{"examples": [{item}, ...]}}'
