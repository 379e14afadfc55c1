"""What a role says about texts: several in a request, an entry of the reply for each.

Takes a constitution, examples, the role's template and somebody to ask. Texts meet in an order
settled by their own digests, so neither place nor neighbours give anything away, and editing one
text asks anew for its own group alone. Knows nothing about what any role is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gatewright.artefacts import digest
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
    "entries",
    "listed_entries",
    "request_of",
]

Entry = Mapping[str, Any] | str
"""What was said about one text, or why nothing was."""

_PER_REQUEST = 12
_CHARACTERS = 16_000
"""Most texts and characters in one request: more, and judges grow careless."""


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
    """Of the reply: one key with a list, an entry for each text."""
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
    """What a role answers about each example, by id.

    The role sees the example's number, its texts and what `extra` adds, nothing else. Examples in
    groups nobody answered about yet are absent.
    """
    groups = {f"{task.role}/{task.turn}/{_name(each)}": each for each in _groups(examples)}
    requests = {
        name: request_of(
            constitution,
            name,
            task,
            [{"item": n, **each.fields, **extra(each)} for n, each in enumerate(group, 1)],
            templates=templates,
        )
        for name, group in groups.items()
    }
    replies = ask(list(requests.values()))
    return {
        example.id: (Player.of(requests[name], reply), entry)
        for name, reply in replies.items()
        for example, entry in zip(
            groups[name], entries(reply, task, len(groups[name])), strict=True
        )
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


def entries(reply: Reply, task: Task, count: int) -> list[Entry]:
    """The entry for each text, in order; a reason where there is none, or more than one."""
    listed = listed_entries(reply, task)
    if isinstance(listed, str):
        return [listed] * count
    found: dict[int, Entry] = {}
    for item in listed:
        if isinstance(number := item.get("item"), int):
            found[number] = "answered twice" if number in found else item
    return [found.get(number, "left out") for number in range(1, count + 1)]


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
