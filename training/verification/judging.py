"""Judging: texts go to a judge several at a time, and come back with a verdict each, or void.

Takes a constitution, examples and somebody to ask; gives judgements by example. A judge never sees
what a text was written for. Texts meet in an order settled by their own digests, so neither place
nor neighbours give a verdict away, and editing one text asks anew for its own group alone. Knows
nothing about what is done with judgements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from gatewright.artefacts import digest
from gatewright.constitution.records import Constitution, VerdictName
from gatewright.constitution.role_prompts import list_schema, render_role
from gatewright.training.examples import Example
from gatewright.training.generators.asking import Ask
from gatewright.training.generators.json_replies import Unreadable, json_object
from gatewright.training.generators.records import Reply, Request
from gatewright.training.verification.evidence import quoted

__all__ = ["GRADER", "JUDGES", "Judge", "Judgement", "Lean", "Player", "answers_about", "judge_all"]

Lean = Literal["even", "recall", "precision"]

_PER_REQUEST = 12
_CHARACTERS = 16_000
"""Most texts and characters in one request: more, and judges grow careless."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge by name, and which mistake it would rather make."""

    role: str
    lean: Lean


GRADER = Judge("grader", "even")
JUDGES = (Judge("judge-recall", "recall"), Judge("judge-precision", "precision"))
"""The two who decide together (BARRED, arXiv 2604.25203)."""


@dataclass(frozen=True, slots=True)
class Player:
    """Who answered, for the record of an example's way."""

    role: str
    generator: str
    model: str
    template: str
    request: str

    @classmethod
    def of(cls, request: Request, reply: Reply) -> Player:
        return cls(
            request.role, reply.generator, reply.model, request.template_digest, request.digest
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judge's verdict on one text."""

    player: Player
    verdict: VerdictName | None
    """None if it is void."""
    clause: str | None = None
    """The clause that decides, `rule/clause`; None where a permitted text needs none."""
    quote: str = ""
    reason: str = ""
    """The judge's; or why the verdict is void."""


_VERDICT_SCHEMA = list_schema(
    "verdicts",
    {
        "item": {"type": "integer"},
        "verdict": {"type": "string", "enum": ["restricted", "permitted"]},
        "clause": {"type": "string"},
        "quote": {"type": "string"},
        "reason": {"type": "string"},
    },
)


def judge_all(
    constitution: Constitution,
    examples: Sequence[Example],
    judge: Judge,
    *,
    ask: Ask,
    turn: str = "1",
    cases: Mapping[str, str] | None = None,
    templates: Path | None = None,
) -> dict[str, Judgement]:
    """Judgements by example id; an example nobody answered about yet has none.

    Args:
        turn: tells repeated askings apart: rounds of a debate, samples of one critique.
        cases: the advocate's case for each example, by id, when a debate goes on.
    """
    cases = cases or {}
    answers = answers_about(
        constitution,
        examples,
        judge.role,
        template="judge",
        turn=turn,
        ask=ask,
        schema=_VERDICT_SCHEMA,
        extra=lambda each: {"case": cases[each.id]} if each.id in cases else {},
        templates=templates,
        lean=judge.lean,
        heard=bool(cases),
    )
    return {
        each.id: _judgement(constitution, each, *answers[each.id])
        for each in examples
        if each.id in answers
    }


def answers_about(
    constitution: Constitution,
    examples: Sequence[Example],
    role: str,
    *,
    template: str,
    turn: str,
    ask: Ask,
    schema: Mapping[str, Any],
    extra: Callable[[Example], Mapping[str, Any]],
    templates: Path | None = None,
    **variables: Any,
) -> dict[str, tuple[Player, Mapping[str, Any] | str]]:
    """What a role answers about each example, by id: its entry of the reply, or why there is none.

    The role sees the example's number, its texts and what `extra` adds, nothing else. Examples in
    groups nobody answered about yet are absent.
    """
    groups = {f"{role}/{turn}/{_name(group)}": group for group in _groups(examples)}
    requests = {
        name: _request(
            constitution, name, role, group, template, schema, extra, templates, variables
        )
        for name, group in groups.items()
    }
    replies = ask(list(requests.values()))
    (key,) = schema["properties"]
    return {
        example.id: (Player.of(requests[name], reply), entry)
        for name, reply in replies.items()
        for example, entry in zip(
            groups[name], _entries(reply, key, len(groups[name])), strict=True
        )
    }


def _groups(examples: Sequence[Example]) -> Iterator[list[Example]]:
    group: list[Example] = []
    characters = 0
    for example in sorted({each.id: each for each in examples}.values(), key=lambda each: each.id):
        size = sum(map(len, example.fields.values()))
        if group and (len(group) == _PER_REQUEST or characters + size > _CHARACTERS):
            yield group
            group, characters = [], 0
        group.append(example)
        characters += size
    if group:
        yield group


def _name(group: Sequence[Example]) -> str:
    return digest([example.id for example in group])[:16]


def _request(
    constitution: Constitution,
    name: str,
    role: str,
    group: Sequence[Example],
    template: str,
    schema: Mapping[str, Any],
    extra: Callable[[Example], Mapping[str, Any]],
    templates: Path | None,
    variables: Mapping[str, Any],
) -> Request:
    texts = [{"item": number, **each.fields, **extra(each)} for number, each in enumerate(group, 1)]
    prompt = render_role(
        constitution, template, texts=texts, schema=schema, templates=templates, **variables
    )
    return Request(
        id=name,
        role=role,
        messages=cast("tuple[Mapping[str, str], ...]", prompt.messages),
        schema=prompt.schema,
        constitution=constitution.digest,
        clause_digest=constitution.digest,
        template_digest=prompt.template_digest,
    )


def _entries(reply: Reply, key: str, count: int) -> list[Mapping[str, Any] | str]:
    """The entry for each item, in order; a sentence where there is none, or more than one."""
    try:
        items = json_object(reply.text, reply.finish_reason).get(key)
    except Unreadable as problem:
        return [problem.reason] * count
    if not isinstance(items, list):
        return ["wrong shape"] * count
    found: dict[int, Mapping[str, Any] | str] = {}
    for item in items:
        number = item.get("item") if isinstance(item, dict) else None
        if isinstance(number, int):
            found[number] = "answered twice" if number in found else item
    return [found.get(number, "left out") for number in range(1, count + 1)]


def _judgement(
    constitution: Constitution, example: Example, player: Player, entry: Mapping[str, Any] | str
) -> Judgement:
    if isinstance(entry, str):
        return Judgement(player, None, reason=entry)
    verdict, clause, quote = entry.get("verdict"), entry.get("clause"), entry.get("quote")
    known = {each.id: each.verdict for each in constitution.clauses}
    if verdict not in ("restricted", "permitted"):
        return Judgement(player, None, reason="no verdict")
    if not isinstance(quote, str) or not quoted(quote, example.fields.values()):
        return Judgement(player, None, quote=str(quote), reason="quote not in the text")
    clause = clause.strip("() ") if isinstance(clause, str) else None
    if known.get(clause or "") != verdict:
        if verdict == "restricted":
            return Judgement(player, None, quote=quote, reason="no such restricted clause")
        clause = None
    return Judgement(player, verdict, clause, quote, str(entry.get("reason", "")))
