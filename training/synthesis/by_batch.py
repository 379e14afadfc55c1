"""Synthesis by file: a plan goes out as a batch, and examples are read from what comes back.

Takes a constitution, a journal and files. Roles besides the writer answer in later turns: each
batch asks whatever can be asked by now. Knows nothing about the files' format, nor how replies
are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from gatewright.constitution.records import Constitution
from gatewright.training.examples import Dropped
from gatewright.training.generators.asking import AskNobody
from gatewright.training.generators.by_batch import HandedOut, Received, batch_answers, receive
from gatewright.training.generators.by_batch import hand_out as hand_out_requests
from gatewright.training.generators.journal import Answer, Journal
from gatewright.training.roles.proposing import PLANNER, propose
from gatewright.training.roles.refining import refine
from gatewright.training.slots import Slot
from gatewright.training.synthesis.planning import Widen
from gatewright.training.synthesis.reading import STAGE
from gatewright.training.synthesis.requests import requests_for
from gatewright.training.synthesis.synthesizing import SynthesisResult, fit, read_answers

__all__ = ["TakenIn", "hand_out", "hand_out_planner", "take_in"]


class TakenIn(NamedTuple):
    """What batch files brought in, and all examples there are now."""

    result: SynthesisResult
    new: int
    """Replies that the journal did not hold before."""
    counts: Mapping[str, int]
    """Lines of the files by what was wrong with them; `answered before` for known replies."""
    waiting: int = 0
    """Examples, and siblings to be made of them, that wait for a role besides the writer."""


def hand_out_planner(
    constitution: Constitution,
    path: Path,
    *,
    journal: Journal,
    model: str,
    templates: Path | None = None,
    format: str = "openai",
) -> Widen | HandedOut:
    """What the planner proposed or, while it has not answered, the batch at `path` that asks it.

    Raises:
        InputError: there is no such batch format.
    """
    nobody = AskNobody(batch_answers(journal))
    proposed = propose(constitution, ask=nobody, templates=templates)
    if not proposed.waiting:
        return proposed.extend
    return hand_out_requests(path, nobody.pending, journal=journal, model=model, format=format)


def hand_out(
    constitution: Constitution,
    path: Path,
    *,
    slots: Sequence[Slot],
    journal: Journal,
    model: str,
    roles: Collection[str] = (),
    templates: Path | None = None,
    format: str = "openai",
) -> HandedOut:
    """Write the requests that no batch has answered yet to `path`, and remember the whole plan.

    Args:
        roles: those besides the writer; they are asked about what the writer has answered.

    Raises:
        InputError: there is no such batch format.
        QualityError: with roles, and more than half of at least 100 replies cannot be read.
    """
    requests = requests_for(constitution, fit(constitution, slots).slots, templates=templates)
    known = batch_answers(journal)
    nobody = AskNobody(known)
    if roles:
        answers = [known[each.digest] for each in requests if each.digest in known]
        kept = read_answers(constitution, requests, answers).kept
        refine(constitution, kept, roles=roles, asking=nobody.as_anybody, templates=templates)
    everything = [*requests, *nobody.pending]
    return hand_out_requests(path, everything, journal=journal, model=model, format=format)


def take_in(
    constitution: Constitution,
    paths: Iterable[Path],
    *,
    journal: Journal,
    roles: Collection[str] = (),
    templates: Path | None = None,
) -> TakenIn:
    """Journal the replies in `paths` and read every batch reply there is, old and new.

    Args:
        roles: those the requests were handed out for.

    Raises:
        InputError: nothing was handed out from this run folder, or a file is no batch.
        QualityError: more than half of at least 100 replies could not be read.
    """
    received = receive(paths, journal=journal)
    known = batch_answers(journal)
    result = _read(constitution, received, known, templates)
    nobody = AskNobody(known)
    proposed = (
        propose(constitution, ask=nobody, templates=templates).dropped if PLANNER in roles else []
    )
    refined = refine(
        constitution, result.kept, roles=roles, asking=nobody.as_anybody, templates=templates
    )
    dropped = [*result.dropped, *proposed, *refined.dropped]
    return TakenIn(
        replace(result, kept=refined.kept, dropped=dropped),
        received.new,
        received.counts,
        len(refined.waiting) + refined.waiting_siblings,
    )


def _read(
    constitution: Constitution,
    received: Received,
    known: Mapping[str, Answer],
    templates: Path | None,
) -> SynthesisResult:
    expected = received.expected
    fitting = fit(constitution, [each.slot for each in expected if each.slot])
    requests = requests_for(constitution, fitting.slots, templates=templates)
    fits = {slot.id for slot in fitting.slots}
    answers = [
        known[each.request] for each in expected if each.request in known and each.id in fits
    ]
    answered = {answer.asked.id for answer in answers}
    failed = [
        Dropped("generator error", STAGE, reply.error or "", source={"slot": reply.id})
        for reply in received.errors.values()
        if reply.id not in answered and reply.id in fits
    ]
    return read_answers(
        constitution,
        requests,
        answers,
        dropped=[*fitting.dropped, *failed],
        failed=len(failed),
    )
