"""What a role says about texts: one text a request, so that none colours the view of another.

Takes a constitution, examples, the role's template and somebody to ask. A reply belongs to its text
alone: a smaller or larger set of examples asks nothing anew, and recorded replies serve any part of
theirs. What is the same for all texts, the policy and the role, comes first in every request, where
servers keep it cached. Knows nothing about what any role is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gatewright.constitution.records import Constitution
from gatewright.constitution.role_prompts import render_role
from gatewright.training.examples import Example
from gatewright.training.generators.asking import Ask
from gatewright.training.generators.json_replies import Unreadable, json_object
from gatewright.training.generators.records import Reply, Request

__all__ = [
    "Entry",
    "Player",
    "Task",
    "answers_about",
    "entry",
    "listed_entries",
    "request_of",
]

Entry = Mapping[str, Any] | str
"""What was said about one text, or why nothing was."""


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
class Task:
    """What is asked of a role."""

    role: str
    template: str
    schema: Mapping[str, Any]
    """Of the reply: one key with a list, an entry for the text."""
    turn: str = "1"
    """Tells repeated askings apart: rounds of a debate, samples of one critique."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Plain values for the template."""


def answers_about(
    constitution: Constitution,
    examples: Sequence[Example],
    task: Task,
    *,
    ask: Ask,
    extra: Callable[[Example], Mapping[str, Any]] = lambda example: {},
    templates: Path | None = None,
) -> dict[str, tuple[Player, Entry]]:
    """What a role answers about each example, by id; those nobody answered about are absent.

    The role sees the example's texts and what `extra` adds, nothing else.
    """
    asked = {f"{task.role}/{task.turn}/{each.id}": each for each in examples}
    requests = {
        name: request_of(
            constitution,
            name,
            task,
            [{"item": 1, **each.fields, **extra(each)}],
            templates=templates,
        )
        for name, each in asked.items()
    }
    replies = ask(list(requests.values()))
    return {
        asked[name].id: (Player.of(requests[name], reply), entry(reply, task))
        for name, reply in replies.items()
    }


def request_of(
    constitution: Constitution,
    name: str,
    task: Task,
    texts: Sequence[Mapping[str, Any]],
    *,
    templates: Path | None = None,
) -> Request:
    """The request that has a task done on some texts."""
    prompt = render_role(
        constitution,
        task.template,
        texts=texts,
        schema=task.schema,
        templates=templates,
        **task.variables,
    )
    return Request(
        id=name,
        role=task.role,
        messages=cast("tuple[Mapping[str, str], ...]", prompt.messages),
        schema=prompt.schema,
        constitution=constitution.digest,
        clause_digest=constitution.digest,
        template_digest=prompt.template_digest,
    )


def entry(reply: Reply, task: Task) -> Entry:
    """The entry for the one text of a request, or why there is none."""
    listed = listed_entries(reply, task)
    if isinstance(listed, str):
        return listed
    if len(listed) != 1:
        return "answered twice" if listed else "left out"
    return listed[0]


def listed_entries(reply: Reply, task: Task) -> list[Mapping[str, Any]] | str:
    """All entries of a reply, or why it cannot be read."""
    (key,) = task.schema["properties"]
    try:
        listed = json_object(reply.text, reply.finish_reason).get(key)
    except Unreadable as problem:
        return problem.reason
    if not isinstance(listed, list):
        return "wrong shape"
    return [each for each in listed if isinstance(each, dict)]
