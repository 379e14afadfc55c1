"""Synthesis with more than a writer: a planner before the plan, others after the replies.

Takes a constitution, the writer's generator and whom to ask in the other roles. Knows nothing about
particular roles but their place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gatewright.constitution.records import Constitution
from gatewright.errors import UpstreamError
from gatewright.training.generators.asking import Ask
from gatewright.training.generators.journal import Journal
from gatewright.training.generators.records import Generator
from gatewright.training.roles.proposing import PLANNER, propose
from gatewright.training.roles.refining import refine
from gatewright.training.synthesis.synthesizing import (
    Progress,
    SynthesisResult,
    slots_for,
    synthesize,
)

__all__ = ["synthesize_with_roles"]


def synthesize_with_roles(
    constitution: Constitution,
    writer: Generator,
    *,
    roles: Collection[str] = (),
    asking: Callable[[str], Ask],
    examples: int | None,
    seed: int,
    journal: Journal,
    clauses: Collection[str] | None = None,
    seed_texts: Sequence[Mapping[str, str]] = (),
    templates: Path | None = None,
    progress: Progress | None = None,
) -> SynthesisResult:
    """Plan, have the plan answered, and pass the examples through the other roles.

    Args:
        roles: those that take part; of the writer's own dimensions none is lost by a planner.
        asking: whom to ask in a role.
        seed_texts: real texts to write in the manner of; see `plan`.

    Raises:
        QualityError: more than half of at least 100 replies could not be read.
        UpstreamError: a generator gave up, or left a role's requests unanswered; everything
            answered is in the journal.
        EnvironmentProblem: the journal cannot be written; what it holds is kept.
    """
    dropped = []
    planning: dict[str, Any] = {"clauses": clauses, "seed_texts": seed_texts}
    if PLANNER in roles:
        proposed = propose(constitution, ask=asking(PLANNER), templates=templates)
        if proposed.waiting:
            raise UpstreamError("the planner gave no answer; the same command asks it again")
        dropped += proposed.dropped
        planning["widen"] = proposed.extend
    slots = slots_for(writer, constitution, examples=examples, seed=seed, **planning)
    written = synthesize(
        constitution,
        writer,
        slots=slots,
        journal=journal,
        templates=templates,
        progress=progress,
    )
    refined = refine(constitution, written.kept, roles=roles, asking=asking, templates=templates)
    waiting = len(refined.waiting) + refined.waiting_siblings
    if waiting:
        raise UpstreamError(
            f"{waiting} examples got no answer from {', '.join(roles)}; the same command asks again"
        )
    return replace(
        written, kept=refined.kept, dropped=[*written.dropped, *dropped, *refined.dropped]
    )
