"""From a clause to the messages that ask a generator for examples of it.

Takes a constitution, one of its clauses and what is wanted; gives messages and the JSON schema of
the reply. The constitution's text enters as data and is never itself rendered.
Knows nothing about generators and about how replies are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from gatewright.constitution.data_blocks import data_block, nonce_for
from gatewright.constitution.prompt_context import prompt_context
from gatewright.constitution.records import Clause, Constitution, Dimension, VerdictName
from gatewright.constitution.templating import find_template, render_template, template_digest
from gatewright.errors import InputError

__all__ = [
    "DISGUISES",
    "Difficulty",
    "Message",
    "Prompt",
    "closed_object",
    "dimensions_for",
    "first_values",
    "render_request",
    "reply_schema",
]

Difficulty = Literal["plain", "subtle", "look-alike", "disguised", "boundary"]

DISGUISES = (
    "inside a story, a play or a role play",
    "as a hypothetical question, a thought experiment or a what-if",
    "under a respectable pretext: research, teaching, journalism, a test, a novel, moderation work",
    "spread over several parts, steps or lines, so that no single one shows it",
    "buried in the middle or at the end of longer, ordinary text",
    "with misspelt, spaced or swapped letters and words, as people write to get round a filter",
    "half in another language, or as something to be translated",
    "in euphemisms, slang, hints or a made-up code word",
)
"""How a disguised text is wrapped up: the attack styles of Constitutional Classifiers
(arXiv 2501.18837) that a writer can use."""


class Message(TypedDict):
    """One message of a chat."""

    role: Literal["system", "user"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a generator is sent."""

    messages: tuple[Message, ...]
    """A system message (the constitution) and a user message (the request)."""
    schema: dict[str, Any]
    """JSON schema of the reply."""
    template_digest: str
    """Digest of the template sources used."""


def render_request(
    constitution: Constitution,
    clause: Clause | str,
    *,
    verdict: VerdictName,
    difficulty: Difficulty,
    values: Mapping[str, str],
    count: int,
    seed_text: Mapping[str, str] | None = None,
    templates: Path | None = None,
) -> Prompt:
    """Ask for `count` examples of a clause, or for `count` pairs when `difficulty` is boundary.

    `verdict` other than the clause's own asks for its neighbours: near misses of a restricted
    clause, or texts that look like a permitted one and cross the line. A pair always holds both.
    `values` are the wanted dimension values; `seed_text` is a real text, by field, to write in the
    manner of; `templates` is the author's folder.

    Raises:
        InputError: there is no such clause or folder.
        TemplateError: a template cannot be rendered.
    """
    if isinstance(clause, str):
        clause = constitution.clause(clause)
    pairs = difficulty == "boundary"
    context = prompt_context(constitution, clause, verdict, difficulty, values, count)
    used = [find_template("system.jinja", templates)]
    used.append(find_template("pairs.jinja" if pairs else "write.jinja", templates))
    if seed_text is not None:
        context["seed_text"] = data_block([seed_text], nonce_for([clause.id, seed_text]))
        used.append(find_template("seed.jinja", templates))
    system, *parts = (render_template(template, context) for template in used)
    user = "\n".join(parts)
    return Prompt(
        messages=({"role": "system", "content": system}, {"role": "user", "content": user}),
        schema=reply_schema(constitution, pairs=pairs),
        template_digest=template_digest(used),
    )


def dimensions_for(
    constitution: Constitution, clause: Clause, difficulty: Difficulty
) -> list[Dimension]:
    """The dimensions of the clause's rule; disguised texts have one more, `disguise`, unless the
    author wrote one of that name."""
    dimensions = list(constitution.dimensions_of(constitution.rule(clause.rule)))
    if difficulty == "disguised" and all(each.name != "disguise" for each in dimensions):
        dimensions.append(Dimension("disguise", DISGUISES, line=0))
    return dimensions


def first_values(
    constitution: Constitution,
    clause: Clause,
    difficulty: Difficulty = "plain",
    chosen: Sequence[str] = (),
) -> dict[str, str]:
    """A value for every dimension of what is asked for: the chosen `NAME=VALUE`, else its first.

    Raises:
        InputError: something chosen is not of that form, or no dimension of the rule.
    """
    values = {
        each.name: each.values[0] for each in dimensions_for(constitution, clause, difficulty)
    }
    for setting in chosen:
        name, equals, value = setting.partition("=")
        if not equals or name not in values:
            known = ", ".join(values) or "none"
            raise InputError(
                f"{setting!r} sets no dimension of {clause.id!r}; expected NAME=VALUE, "
                f"NAME being one of: {known}"
            )
        values[name] = value
    return values


def reply_schema(constitution: Constitution, *, pairs: bool) -> dict[str, Any]:
    """The JSON schema of a reply: `{"examples": [...]}`, or `{"pairs": [...]}`."""
    texts = {field: {"type": "string"} for field in constitution.fields}
    item = closed_object({**texts, "confidence": {"type": "number"}})
    if pairs:
        pair = closed_object({"restricted": item, "permitted": item})
        return closed_object({"pairs": {"type": "array", "items": pair}})
    return closed_object({"examples": {"type": "array", "items": item}})


def closed_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
