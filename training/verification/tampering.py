"""Tampering: known mistakes, put into texts on purpose, to measure a critic by.

Takes verified examples and somebody to ask; gives tampered copies whose true verdict, clause and
changed words are known. What a critic finds in them is its recall, without anybody labelling
everything exhaustively (critique-bug inclusion, CriticGPT, arXiv 2407.00215). Knows nothing about
critics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gatewright.artefacts import digest
from gatewright.constitution.records import Clause, Constitution
from gatewright.constitution.role_prompts import list_schema
from gatewright.training.examples import Dropped, Example
from gatewright.training.generators.asking import Ask
from gatewright.training.roles.texts import Entry, Player, Task, answers_about
from gatewright.training.verification.evidence import quoted

__all__ = ["TAMPERER", "Tampered", "Tampering", "tamper"]

TAMPERER = "tamperer"
_STAGE = "tampering"


@dataclass(frozen=True, slots=True)
class Tampered:
    """A changed copy, with what is known about it."""

    example: Example
    """The copy, with its new verdict; in the lineage group of its original."""
    original: Example
    span: str
    """The words that were put in or altered; never empty, and in the copy."""


@dataclass(frozen=True, slots=True)
class Tampering:
    """What became of the examples given to the tamperer."""

    done: list[Tampered]
    failed: list[Dropped]
    waiting: list[Example]


def tamper(
    constitution: Constitution,
    examples: Sequence[Example],
    *,
    ask: Ask,
    templates: Path | None = None,
) -> Tampering:
    """Turn the verdict of each example round: permitted ones get a violation, restricted ones lose
    theirs.

    A permitted example is to violate the restricted clause nearest to its own: one of the same
    rule, settled by the example's digest. A copy that is equal to its original, lacks a field, or
    whose span is not in it or was there before, has failed.
    """
    chosen = {each.id: _clause(constitution, each) for each in examples}
    text = {"type": "string"}
    schema = list_schema(
        "texts",
        {"item": {"type": "integer"}, **dict.fromkeys(constitution.fields, text), "span": text},
    )
    answers = answers_about(
        constitution,
        examples,
        Task(TAMPERER, "tamper", schema),
        ask=ask,
        extra=lambda each: {
            "verdict": "permitted" if each.restricted else "restricted",
            "clause": chosen[each.id].text,
        },
        templates=templates,
    )
    done: list[Tampered] = []
    failed: list[Dropped] = []
    for example in examples:
        if example.id not in answers:
            continue
        player, entry = answers[example.id]
        made = _made(constitution, example, chosen[example.id], player, entry)
        if isinstance(made, str):
            failed.append(Dropped(made, _STAGE, example=example))
        else:
            done.append(made)
    return Tampering(done, failed, [each for each in examples if each.id not in answers])


def _clause(constitution: Constitution, example: Example) -> Clause:
    own = constitution.clause(example.clause)
    if own.verdict == "restricted":
        return own
    near = constitution.rule(own.rule).restricted or [
        each for each in constitution.clauses if each.verdict == "restricted"
    ]
    return near[int(digest(["tamper", example.id])[:8], 16) % len(near)]


def _made(
    constitution: Constitution,
    example: Example,
    clause: Clause,
    player: Player,
    entry: Entry,
) -> Tampered | str:
    if isinstance(entry, str):
        return entry
    texts = {name: entry.get(name) for name in constitution.fields}
    if not all(isinstance(each, str) and each.strip() for each in texts.values()):
        return "missing field"
    span = entry.get("span")
    if texts == example.fields:
        return "nothing changed"
    if not isinstance(span, str) or not quoted(span, [str(each) for each in texts.values()]):
        return "span not in the text"
    if quoted(span, example.fields.values()):
        return "span not new"
    source = {
        "target": "permitted" if example.restricted else "restricted",
        "tampered": example.id,
        "roles": [*example.source.get("roles", ()), asdict(player)],
    }
    verdicts = dict.fromkeys(constitution.rule_ids, 0) if example.restricted else {clause.rule: 1}
    changed: dict[str, Any] = texts
    copy = replace(
        example, **changed, verdicts=verdicts, clause=clause.id, origin="augmented", source=source
    )
    return Tampered(copy, example, span)
