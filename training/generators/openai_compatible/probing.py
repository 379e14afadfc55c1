"""The first calls of a run: what does this server understand, and does it sample?

Takes a way to call and a dialect to begin with; gives the dialect that works, and says in a line
each what was found. A server that rejects a way of asking for JSON, or ignores it, is asked the
next one. Knows nothing about requests or retries.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from gatewright.errors import UpstreamError
from gatewright.training.generators.openai_compatible.calling import Answer, Failure
from gatewright.training.generators.openai_compatible.dialect import Dialect

__all__ = ["PROBE_MESSAGES", "PROBE_SCHEMA", "probe"]

Ask = Callable[[Dialect, int], Awaitable[Answer | Failure]]
"""Asks the probe's question in a dialect; the number tells one call from the next."""

_KEYS = ("first_made_up", "second_made_up")

PROBE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {key: {"type": "string"} for key in _KEYS},
    "required": list(_KEYS),
    "additionalProperties": False,
}
"""Its keys are named nowhere else, so only a server that reads the schema can use them."""

PROBE_MESSAGES = (
    {
        "role": "user",
        "content": "Invent two unusual sentences, each of about twelve words, that have nothing to "
        "do with one another. Answer with a JSON object that holds them.",
    },
)

_FOUND = {
    "json_schema": "answers follow the JSON schema (response_format json_schema)",
    "json_object with schema": "answers follow the JSON schema (response_format json_object)",
    "json_object": "answers are JSON, but follow no schema (response_format json_object)",
    "plain": "the server holds answers to no format; JSON is asked for in words alone",
}


async def probe(ask: Ask, dialect: Dialect, say: Callable[[str], object]) -> Dialect:
    """The dialect for the run, once it was answered in twice.

    Raises:
        UpstreamError: the server answers in none.
    """
    dialect, first = await _understood(ask, dialect)
    say(f"probe: {_FOUND[dialect.structure]}")
    second = await ask(dialect, 1)
    if isinstance(second, Failure):
        raise UpstreamError(f"the server answered once, then failed: {second.sentence}")
    if second.text == first.text:
        say(
            "probe: the same text came back twice at temperature 1; the server seems to decode "
            "greedily, so expect few different examples: turn sampling on there"
        )
    else:
        say("probe: answers vary at temperature 1")
    return dialect


async def _understood(ask: Ask, dialect: Dialect) -> tuple[Dialect, Answer]:
    tried = {dialect}
    while True:
        outcome = await ask(dialect, 0)
        if isinstance(outcome, Failure):
            following = dialect.without(outcome.sentence, tried) if _rejected(outcome) else None
            if following is None:
                raise UpstreamError(outcome.sentence)
        else:
            following = None if _honoured(dialect, outcome) else dialect.stepped_down()
            if following is None:
                return dialect, outcome
        tried.add(following)
        dialect = following


def _rejected(failure: Failure) -> bool:
    """Whether the server dislikes how it was asked: some say so with a 500."""
    return failure.kind == "refused" or failure.status == 500


def _honoured(dialect: Dialect, answer: Answer) -> bool:
    """Whether the answer has the form that was asked for, as far as that can be told."""
    if dialect.structure == "plain" or answer.finish_reason in ("length", "refusal"):
        return True
    try:
        value = json.loads(answer.text)
    except (ValueError, RecursionError):
        return False
    if dialect.structure == "json_object":
        return isinstance(value, dict)
    return isinstance(value, dict) and set(value) == set(_KEYS)
