"""From slots to requests: the words come from `gatewright.constitution.prompts`.

Takes a constitution and slots; knows nothing about generators, journals or replies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from gatewright.constitution.prompts import render_request
from gatewright.constitution.records import Constitution
from gatewright.training.generators.records import Request
from gatewright.training.slots import Slot

__all__ = ["WRITER", "request_for", "requests_for"]

WRITER = "writer"
"""The role that answers slots."""


def request_for(
    constitution: Constitution, slot: Slot, *, templates: Path | None = None
) -> Request:
    """The request of one slot, in the author's templates if a folder of them is given.

    Raises:
        InputError: the slot's clause is not in the constitution.
        TemplateError: a template has a mistake.
    """
    clause = constitution.clause(slot.clause)
    prompt = render_request(
        constitution,
        clause,
        verdict=slot.verdict,
        difficulty=slot.difficulty,
        values=slot.values,
        count=slot.count,
        seed_text=slot.seed_text,
        templates=templates,
    )
    return Request(
        id=slot.id,
        role=WRITER,
        slot=slot,
        messages=cast("tuple[Mapping[str, str], ...]", prompt.messages),
        schema=prompt.schema,
        constitution=constitution.digest,
        clause_digest=clause.digest,
        template_digest=prompt.template_digest,
    )


def requests_for(
    constitution: Constitution, slots: Iterable[Slot], *, templates: Path | None = None
) -> list[Request]:
    """The requests of many slots, in their order."""
    return [request_for(constitution, slot, templates=templates) for slot in slots]
