"""The answerer: writes the assistant's response to prompts that a writer wrote.

Takes examples of a constitution that judges responses or exchanges; gives them new responses. A
writer who writes both sides of an exchange writes them for each other; an answerer of its own, a
different model if wanted, answers as models do. Knows nothing about who wrote the prompts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gatewright.constitution.records import Constitution
from gatewright.constitution.role_prompts import list_schema
from gatewright.training.examples import Dropped, Example
from gatewright.training.generators.asking import Ask
from gatewright.training.roles.results import RoleResult
from gatewright.training.roles.texts import Task, answers_about

__all__ = ["ANSWERER", "answer"]

ANSWERER = "answerer"

_TASK = Task(
    ANSWERER,
    "answer",
    list_schema("responses", {"item": {"type": "integer"}, "response": {"type": "string"}}),
)


def answer(
    constitution: Constitution,
    examples: Sequence[Example],
    *,
    ask: Ask,
    templates: Path | None = None,
) -> RoleResult:
    """Have every response written anew; boundary pairs stay, for their twins belong together.

    Where the constitution judges no response, nothing is asked. Where it judges no prompt either,
    the answerer thinks of one.
    """
    if "response" not in constitution.fields:
        return RoleResult(list(examples))
    asked = [
        each for each in examples if each.prompt and each.source.get("difficulty") != "boundary"
    ]
    answers = answers_about(
        constitution,
        asked,
        _TASK,
        ask=ask,
        extra=lambda each: _wish(constitution, each),
        templates=templates,
    )
    result = RoleResult([])
    wanted = {each.id for each in asked}
    for example in examples:
        if example.id not in wanted:
            result.kept.append(example)
        elif example.id not in answers:
            result.waiting.append(example)
        else:
            player, entry = answers[example.id]
            response = entry if isinstance(entry, str) else entry.get("response")
            if isinstance(entry, str) or not isinstance(response, str) or not response.strip():
                reason = entry if isinstance(entry, str) else "empty response"
                result.dropped.append(Dropped(reason, ANSWERER, example=example))
                continue
            roles = [*example.source.get("roles", ()), asdict(player)]
            source = {**example.source, "roles": roles}
            result.kept.append(replace(example, response=response.strip(), source=source))
    return result


def _wish(constitution: Constitution, example: Example) -> Mapping[str, Any]:
    """What the answerer is told instead of the writer's own response."""
    return {
        "response": "",
        "verdict": "restricted" if example.restricted else "permitted",
        "clause": constitution.clause(example.clause).text,
        "properties": list(dict(example.source.get("values", {})).values()),
    }
