"""Asking through the journal: what it holds is not asked again, what arrives is journaled at once.

Roles other than the writer ask this way: they hand over requests and get back the replies there
are, whoever answers. By batch file nobody answers at once; then what is missing is collected, and
the same code runs again when the file has come back. Knows nothing about roles, or what replies
mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from gatewright.training.generators.journal import Answer, Journal
from gatewright.training.generators.records import Generator, PlansItself, Reply, Request

__all__ = ["Ask", "AskGenerator", "AskNobody", "Cast", "journaling", "told"]


class Ask(Protocol):
    """Replies by request id; a request that has none is not among them."""

    def __call__(self, requests: Sequence[Request]) -> dict[str, Reply]: ...


def told(generator: Generator, requests: Sequence[Request]) -> Iterator[Reply]:
    """The generator's replies; whoever stops listening stops it from asking on, at once."""
    replies = generator.replies(requests)
    try:
        yield from replies
    finally:
        if close := getattr(replies, "close", None):
            close()


def journaling(generator: Generator, journal: Journal) -> AbstractContextManager[None]:
    """Each reply is on disk at once; those of a recording, which is a file already, together."""
    return journal.together() if isinstance(generator, PlansItself) else nullcontext()


class AskGenerator:
    """Asks a generator for what the journal lacks."""

    def __init__(
        self,
        generator: Generator,
        journal: Journal,
        *,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        self.errors: dict[str, str] = {}
        """Request id -> why there was no reply. It is asked again in the next run."""
        self._generator = generator
        self._journal = journal
        self._progress = progress

    def __call__(self, requests: Sequence[Request]) -> dict[str, Reply]:
        """Replies to `requests`.

        Raises:
            UpstreamError: the generator gave up; what it answered before is in the journal.
            EnvironmentProblem: the journal cannot be written.
        """
        name, model = self._generator.name, self._generator.model
        answers = self._journal.answers(generator=name, model=model)
        missing = {each.id: each for each in requests if each.digest not in answers}
        if not missing:
            return {each.id: answers[each.digest].reply for each in requests}
        total = len(missing)
        with journaling(self._generator, self._journal):
            for done, reply in enumerate(told(self._generator, list(missing.values())), 1):
                if reply.error is not None:
                    self.errors[reply.id] = reply.error
                elif request := missing.pop(reply.id, None):
                    self._journal.add(request.asked, reply, generator=name, model=model)
                    # Like the journal, which keeps the first reply to requests that say the same.
                    answers.setdefault(request.digest, Answer(request.asked, reply))
                    self.errors.pop(reply.id, None)
                if self._progress:
                    self._progress(done, total)
        return {each.id: answers[each.digest].reply for each in requests if each.digest in answers}


class Cast:
    """Who plays which role: one generator for everybody, others for some."""

    def __init__(
        self,
        everybody: str,
        *,
        opened: Callable[[str], Generator],
        journal: Journal,
        roles: Mapping[str, str | None] | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        """Takes generators by their specs, `NAME` or `NAME:ARGUMENT`, and what opens one."""
        self._everybody = everybody
        self._roles = roles or {}
        self._opened = opened
        self._journal = journal
        self._progress = progress
        self._asked: dict[str, AskGenerator] = {}

    def __call__(self, role: str) -> Ask:
        """Whom to ask in that role.

        Raises:
            InputError: there is no such generator.
        """
        spec = self._roles.get(role) or self._everybody
        if spec not in self._asked:
            generator = self._opened(spec)
            self._asked[spec] = AskGenerator(generator, self._journal, progress=self._progress)
        return self._asked[spec]

    @property
    def errors(self) -> dict[str, str]:
        """Request id -> why there was no reply, of everybody who was asked."""
        return {name: why for each in self._asked.values() for name, why in each.errors.items()}


class AskNobody:
    """Knows the replies that came by batch, and remembers which requests still need one."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        """Takes the answers that batches gave so far, by request digest."""
        self.pending: list[Request] = []
        self.used: list[Answer] = []
        """The answers to what was asked, in that order: what a recording is made of."""
        self._answers = answers

    def __call__(self, requests: Sequence[Request]) -> dict[str, Reply]:
        """The replies there are; requests without one join `pending`."""
        known = {each.id: self._answers.get(each.digest) for each in requests}
        self.pending += [each for each in requests if known[each.id] is None]
        self.used += [answer for answer in known.values() if answer]
        return {name: answer.reply for name, answer in known.items() if answer}

    def as_anybody(self, role: str) -> Ask:
        """Itself, whatever the role."""
        return self
