"""Asking and reading: a plan's slots become examples, through the journal.

Takes a constitution, slots, a generator and a journal. Only what the journal does not hold is
asked for; each reply is journaled the moment it arrives; reading goes by slot order, so the order
of arrival changes nothing. Knows nothing about particular generators or the command.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from gatewright.artefacts import explained
from gatewright.constitution.records import Constitution
from gatewright.errors import InputError, QualityError
from gatewright.training.examples import (
    Dropped,
    Example,
    count_reasons,
    write_dropped,
    write_examples,
)
from gatewright.training.generators.asking import journaling, told
from gatewright.training.generators.journal import Answer, Journal
from gatewright.training.generators.records import Asked, Generator, PlansItself, Reply, Request
from gatewright.training.slots import Slot
from gatewright.training.synthesis.planning import EXAMPLES, Widen, plan
from gatewright.training.synthesis.reading import STAGE, read_reply
from gatewright.training.synthesis.requests import requests_for

__all__ = [
    "Progress",
    "SynthesisResult",
    "fit",
    "read_answers",
    "slots_for",
    "store",
    "synthesize",
]

_WINDOW = 20
_SAME_ALLOWED = 5
_REPLIES_BEFORE_STOPPING = 100
_logger = logging.getLogger(__name__)


class Progress(Protocol):
    """Told after every reply how many of the outstanding requests are done."""

    def __call__(self, done: int, total: int) -> object: ...


@dataclass(frozen=True, slots=True)
class SynthesisResult:
    """Both sides of the synthesis, with what was asked and answered."""

    kept: list[Example]
    dropped: list[Dropped]
    answers: list[Answer]
    """Every reply that was read, in slot order: what a recording is made of."""
    counts: Mapping[str, int]
    """`planned` = `answered` + `unanswered` + `not asked` (slots that no longer fit the
    constitution); `failed` of the unanswered were errors; `reworded` of the answered were written
    under another wording of their clause or template."""
    alarms: tuple[str, ...] = ()
    """What looks wrong about the replies as a whole."""

    def summary(self) -> dict[str, Any]:
        """Counts as plain values: slots, examples by verdict and difficulty, drops by reason."""
        verdicts = Counter("restricted" if each.restricted else "permitted" for each in self.kept)
        difficulties = Counter(str(each.source["difficulty"]) for each in self.kept)
        return {
            **self.counts,
            "kept": len(self.kept),
            "kept_by_verdict": dict(sorted(verdicts.items())),
            "kept_by_difficulty": dict(sorted(difficulties.items())),
            "dropped": len(self.dropped),
            "dropped_by_reason": count_reasons(self.dropped),
            "alarms": list(self.alarms),
        }


class _Fitting(NamedTuple):
    slots: list[Slot]
    dropped: list[Dropped]


def synthesize(
    constitution: Constitution,
    generator: Generator,
    *,
    slots: Sequence[Slot],
    journal: Journal,
    templates: Path | None = None,
    progress: Progress | None = None,
) -> SynthesisResult:
    """Have the slots answered, and read the answers into examples, in slot order.

    Raises:
        QualityError: more than half of at least 100 replies could not be read.
        UpstreamError: the generator gave up; what it answered is in the journal.
        EnvironmentProblem: the journal cannot be written; what it holds is kept.
    """
    fitting = fit(constitution, slots)
    requests = requests_for(constitution, fitting.slots, templates=templates)
    known = journal.answers(generator=generator.name, model=generator.model)
    pending = [each for each in requests if each.digest not in known]
    failed = _ask(constitution, generator, pending, journal, progress)
    answers = journal.answers(generator=generator.name, model=generator.model)
    return read_answers(
        constitution,
        requests,
        [answers[each.digest] for each in requests if each.digest in answers],
        dropped=[*fitting.dropped, *failed],
        failed=len(failed),
    )


def slots_for(
    generator: Generator,
    constitution: Constitution,
    *,
    examples: int | None,
    seed: int,
    clauses: Collection[str] | None = None,
    widen: Widen = lambda dimensions: dimensions,
    seed_texts: Sequence[Mapping[str, str]] = (),
) -> Sequence[Slot]:
    """What to ask this generator for: the first of its own slots if it has any, else a plan.

    Args:
        examples: how many examples that should make; None takes all slots of a generator that has
            its own, and a plan of the usual size elsewhere.
        clauses: ids to ask for, where not all.
        widen, seed_texts: see `plan`.

    Raises:
        InputError: see `plan`; or there are seed texts for a generator that has its own slots.
    """
    if isinstance(generator, PlansItself):
        if seed_texts:
            raise InputError(
                f"{generator.name} replies were written before; they cannot follow seed texts. "
                "Name a --generator that can, or leave the seed texts out"
            )
        own = [each for each in generator.slots if not clauses or each.clause in clauses]
        return _first(own, examples)
    return plan(
        constitution,
        examples=examples or EXAMPLES,
        seed=seed,
        clauses=clauses,
        widen=widen,
        seed_texts=seed_texts,
    )


def _first(slots: Sequence[Slot], examples: int | None) -> Sequence[Slot]:
    if examples is None:
        return slots
    before = accumulate((slot.examples for slot in slots), initial=0)
    return [slot for slot, asked in zip(slots, before, strict=False) if asked < examples]


def fit(constitution: Constitution, slots: Iterable[Slot]) -> _Fitting:
    """The slots whose clause still exists with the same verdict; the rest dropped."""
    verdicts = {clause.id: clause.verdict for clause in constitution.clauses}
    kept: list[Slot] = []
    dropped: list[Dropped] = []
    for slot in slots:
        verdict = verdicts.get(slot.clause)
        if verdict == slot.verdict:
            kept.append(slot)
            continue
        reason = "clause verdict changed" if verdict else "clause gone"
        source = {"slot": slot.id, "values": dict(slot.values), "difficulty": slot.difficulty}
        dropped.append(Dropped(reason, STAGE, slot.clause, source=source))
    return _Fitting(kept, dropped)


def read_answers(
    constitution: Constitution,
    requests: Sequence[Request],
    answers: Sequence[Answer],
    *,
    dropped: Sequence[Dropped] = (),
    failed: int = 0,
) -> SynthesisResult:
    """Read answers to `requests`, in their order; `dropped` left before they could be asked.

    Raises:
        QualityError: more than half of at least 100 replies could not be read.
    """
    current = {each.id: each for each in requests}
    kept: list[Example] = []
    lost = list(dropped)
    unreadable = reworded = 0
    for asked, reply in answers:
        read = read_reply(constitution, asked, reply)
        unreadable += not read.kept
        reworded += _is_reworded(current[asked.id], asked, reply)
        kept += read.kept
        lost += read.dropped
    _stop_if_mostly(unreadable, len(answers))
    not_asked = len(dropped) - failed
    counts = {
        "planned": len(requests) + not_asked,
        "answered": len(answers),
        "unanswered": len(requests) - len(answers),
        "not asked": not_asked,
        "failed": failed,
        "reworded": reworded,
    }
    return SynthesisResult(kept, lost, list(answers), counts, _alarms(answers))


def store(result: SynthesisResult, folder: Path) -> None:
    """Write `examples.parquet` and `dropped.jsonl` into `folder`, each complete or absent.

    Raises:
        EnvironmentProblem: the disk is full, or the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explained(error, folder) from error
    write_dropped(folder / "dropped.jsonl", result.dropped)
    write_examples(folder / "examples.parquet", result.kept)


def _stop_if_mostly(unreadable: int, replies: int) -> None:
    """Most replies cannot be used: then the cause lies upstream, and asking on would not help."""
    if replies >= _REPLIES_BEFORE_STOPPING and unreadable * 2 > replies:
        raise QualityError(
            f"{unreadable} of {replies} replies could not be read, so the run was stopped; look at "
            "some of them in the journal, then try another model or template"
        )


def _ask(
    constitution: Constitution,
    generator: Generator,
    pending: Sequence[Request],
    journal: Journal,
    progress: Progress | None,
) -> list[Dropped]:
    """Journal the answers to `pending`; returns those that were errors instead."""
    if not pending:
        return []
    waiting = {each.id: each.asked for each in pending}
    failed: dict[str, Dropped] = {}
    replies = unreadable = 0
    with journaling(generator, journal):
        for reply in told(generator, pending):
            asked = waiting.get(reply.id)
            if asked is None:
                _logger.warning("%s answered request %s unasked or twice", generator.name, reply.id)
            elif reply.error is not None:
                source = {"slot": reply.id, "request": asked.request}
                failed[reply.id] = Dropped("generator error", STAGE, reply.error, source=source)
            else:
                journal.add(asked, reply, generator=generator.name, model=generator.model)
                failed.pop(reply.id, None)
                del waiting[reply.id]
                replies += 1
                unreadable += not read_reply(constitution, asked, reply).kept
                _stop_if_mostly(unreadable, replies)
            if progress is not None:
                progress(len(pending) - len(waiting), len(pending))
    return list(failed.values())


def _is_reworded(request: Request, asked: Asked, reply: Reply) -> bool:
    clause = reply.clause_digest or asked.clause_digest
    template = reply.template_digest or asked.template_digest
    return (clause, template) != (request.clause_digest, request.template_digest)


def _alarms(answers: Sequence[Answer]) -> tuple[str, ...]:
    """A warning when one text answers more than a quarter of the slots (5 of every 20)."""
    if len(answers) < _WINDOW:
        return ()
    _, same = Counter(answer.reply.text for answer in answers).most_common(1)[0]
    if same * _WINDOW <= _SAME_ALLOWED * len(answers):
        return ()
    alarm = (
        f"the same reply came back for {same} of {len(answers)} slots; the generator probably "
        "decodes greedily: set its temperature to 1"
    )
    _logger.warning("%s", alarm)
    return (alarm,)
