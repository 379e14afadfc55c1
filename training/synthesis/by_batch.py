"""Asking by file: hand requests out as a batch, take the replies in when they come back.

Takes a constitution, a journal and files. What was handed out is remembered in the journal, so
taking in needs none of the options of handing out. Knows nothing about the files' format, which is
`openai_batches`' business, nor about how replies are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from gatewright.constitution.records import Constitution
from gatewright.errors import InputError
from gatewright.training.examples import Dropped
from gatewright.training.generators.journal import Journal
from gatewright.training.generators.openai_batches import GENERATOR, read_batch, write_batch
from gatewright.training.generators.records import Asked, Reply, Request
from gatewright.training.slots import Slot
from gatewright.training.synthesis.reading import STAGE
from gatewright.training.synthesis.requests import requests_for
from gatewright.training.synthesis.synthesizing import SynthesisResult, fit, read_answers

__all__ = ["HandedOut", "TakenIn", "hand_out", "take_in"]

_MODEL = ""
"""Replies of a batch are remembered under any model: the file's name for it is the provider's."""


class HandedOut(NamedTuple):
    """How much of a plan was written to a batch file."""

    planned: int
    answered: int
    written: int


class TakenIn(NamedTuple):
    """What batch files brought in, and all examples there are now."""

    result: SynthesisResult
    new: int
    """Replies that the journal did not hold before."""
    counts: dict[str, int]
    """Lines of the files by what was wrong with them; `answered before` for known replies."""


def hand_out(
    constitution: Constitution,
    path: Path,
    *,
    slots: Sequence[Slot],
    journal: Journal,
    model: str,
    templates: Path | None = None,
) -> HandedOut:
    """Write the requests that no batch has answered yet to `path`, and remember the whole plan."""
    requests = requests_for(constitution, fit(constitution, slots).slots, templates=templates)
    known = journal.answers(generator=GENERATOR, model=_MODEL)
    pending = [each for each in requests if each.digest not in known]
    journal.expect(each.asked for each in requests)
    return HandedOut(
        planned=len(requests),
        answered=len(requests) - len(pending),
        written=write_batch(path, pending, model=model),
    )


def take_in(
    constitution: Constitution,
    paths: Iterable[Path],
    *,
    journal: Journal,
    templates: Path | None = None,
) -> TakenIn:
    """Journal the replies in `paths` and read every batch reply there is, old and new.

    Raises:
        InputError: nothing was handed out from this run folder, or a file is no batch.
        QualityError: more than half of at least 100 replies could not be read.
    """
    expected = {each.id: each for each in journal.expected()}
    if not expected:
        raise InputError(
            f"{journal.path} remembers no requests; write them with --to-batch and the same --out"
        )
    counts: Counter[str] = Counter()
    errors: dict[str, Reply] = {}
    new = 0
    for path in paths:
        batch = read_batch(path, expected)
        counts.update(batch.counts)
        for reply in batch.replies:
            if reply.error is not None:
                errors[reply.id] = reply
                continue
            asked = expected[reply.id]
            added = journal.add(asked, reply, generator=GENERATOR, model=_MODEL)
            new += added
            counts["answered before"] += not added
    result = _read(constitution, list(expected.values()), errors, journal, templates)
    return TakenIn(result, new, {name: n for name, n in counts.items() if n})


def _read(
    constitution: Constitution,
    expected: Sequence[Asked],
    errors: dict[str, Reply],
    journal: Journal,
    templates: Path | None,
) -> SynthesisResult:
    fitting = fit(constitution, [each.slot for each in expected if each.slot])
    requests: list[Request] = requests_for(constitution, fitting.slots, templates=templates)
    known = journal.answers(generator=GENERATOR, model=_MODEL)
    fits = {slot.id for slot in fitting.slots}
    answers = [
        known[each.request] for each in expected if each.request in known and each.id in fits
    ]
    answered = {answer.asked.id for answer in answers}
    failed = [
        Dropped("generator error", STAGE, reply.error or "", source={"slot": reply.id})
        for reply in errors.values()
        if reply.id not in answered and reply.id in fits
    ]
    return read_answers(
        constitution,
        requests,
        answers,
        dropped=[*fitting.dropped, *failed],
        failed=len(failed),
    )
