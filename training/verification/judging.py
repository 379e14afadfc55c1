"""Judging: texts go to a judge several at a time, and come back with a verdict each, or void.

Takes a constitution, examples and somebody to ask; gives judgements by example. A judge never sees
what a text was written for. Knows nothing about what is done with judgements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gatewright.constitution.records import Constitution, VerdictName
from gatewright.constitution.role_prompts import list_schema
from gatewright.training.examples import Example
from gatewright.training.generators.asking import Ask
from gatewright.training.roles.texts import Entry, Player, Task, answers_about
from gatewright.training.verification.evidence import quoted

__all__ = ["GRADER", "JUDGES", "Judge", "Judgement", "Lean", "judge_all"]

Lean = Literal["even", "recall", "precision"]


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge by name, and which mistake it would rather make."""

    role: str
    lean: Lean


GRADER = Judge("grader", "even")
JUDGES = (Judge("judge-recall", "recall"), Judge("judge-precision", "precision"))
"""The two who decide together (BARRED, arXiv 2604.25203)."""


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
    variables = {"lean": judge.lean, "heard": bool(cases)}
    answers = answers_about(
        constitution,
        examples,
        Task(judge.role, "judge", _VERDICT_SCHEMA, turn, variables),
        ask=ask,
        extra=lambda each: {"case": cases[each.id]} if each.id in cases else {},
        templates=templates,
    )
    return {
        each.id: _judgement(constitution, each, *answers[each.id])
        for each in examples
        if each.id in answers
    }


def _judgement(
    constitution: Constitution, example: Example, player: Player, entry: Entry
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
