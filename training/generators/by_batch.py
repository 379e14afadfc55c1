"""Asking by file: requests go out as a batch, replies are taken in when they come back.

Takes requests, a journal and files. What was handed out is remembered in the journal, so taking in
needs none of the options of handing out. Knows nothing about plans, roles or how replies are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gatewright.errors import InputError
from gatewright.training.generators.batches import (
    GENERATOR,
    batch_format,
    read_batch,
    write_batch,
)
from gatewright.training.generators.journal import Answer, Journal
from gatewright.training.generators.records import Asked, Reply, Request

__all__ = ["HandedOut", "Received", "batch_answers", "hand_out", "receive"]

_MODEL = ""
"""Replies of a batch are remembered under any model: the file's name for it is the provider's."""


class HandedOut(NamedTuple):
    """How many requests there are, and how many of them a batch file asks."""

    planned: int
    answered: int
    written: int


class Received(NamedTuple):
    """What batch files brought in."""

    expected: Sequence[Asked]
    """Everything that was ever handed out."""
    new: int
    """Replies that the journal did not hold before."""
    errors: Mapping[str, Reply]
    """By request id, where the provider failed."""
    counts: Mapping[str, int]
    """Lines of the files by what was wrong with them; `answered before` for known replies."""


def batch_answers(journal: Journal) -> dict[str, Answer]:
    """What batches have answered so far, by request digest."""
    return journal.answers(generator=GENERATOR, model=_MODEL)


def hand_out(
    path: Path, requests: Sequence[Request], *, journal: Journal, model: str, format: str = "openai"
) -> HandedOut:
    """Write the requests that no batch has answered yet to `path`, and remember all of them.

    Raises:
        InputError: there is no such batch format.
        EnvironmentProblem: the file or the journal cannot be written.
    """
    form = batch_format(format)
    known = batch_answers(journal)
    pending = [each for each in requests if each.digest not in known]
    journal.expect(each.asked for each in requests)
    return HandedOut(
        planned=len(requests),
        answered=len(requests) - len(pending),
        written=write_batch(path, pending, model=model, format=form),
    )


def receive(paths: Iterable[Path], *, journal: Journal) -> Received:
    """Journal the replies in `paths`.

    Raises:
        InputError: nothing was handed out from this run folder, or a file is no batch.
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
    return Received(
        list(expected.values()), new, errors, {name: n for name, n in counts.items() if n}
    )
