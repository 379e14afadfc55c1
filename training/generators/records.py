"""What passes between us and a language model: requests, replies, and the Generator protocol.

Knows nothing about any particular generator, the journal, or how replies are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from gatewright.artefacts import digest
from gatewright.training.slots import Slot

__all__ = ["Asked", "Generator", "PlansItself", "Reply", "Request"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for and under which wording, without the words."""

    id: str
    """What replies name: the slot's id where a slot is answered, else role, subject and turn."""
    role: str
    """Who was asked: `writer`, `grader`, ..."""
    request: str
    """The request's digest."""
    constitution: str
    clause_digest: str
    template_digest: str
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a language model: who is asked, in which words, for what kind of answer."""

    id: str
    role: str
    messages: tuple[Mapping[str, str], ...]
    """`role` and `content` of each, in order."""
    schema: Mapping[str, Any]
    """JSON schema of the reply."""
    constitution: str
    """Digest of the constitution."""
    clause_digest: str
    template_digest: str
    slot: Slot | None = None
    """What a writer's reply becomes; None for the roles that judge or change what is there."""

    @property
    def digest(self) -> str:
        """Equal for equal words about the same subject: the journal remembers replies by it."""
        return digest([self.id, [dict(each) for each in self.messages], dict(self.schema)])

    @property
    def asked(self) -> Asked:
        return Asked(
            id=self.id,
            role=self.role,
            request=self.digest,
            constitution=self.constitution,
            clause_digest=self.clause_digest,
            template_digest=self.template_digest,
            slot=self.slot,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a generator answered, word for word."""

    id: str
    """Id of the request it answers."""
    text: str
    finish_reason: str | None
    """`stop`, `length`, `refusal`, or whatever the generator said; None if it said nothing."""
    model: str
    generator: str
    error: str | None = None
    """Why there is no answer; such a reply is counted, not kept, and asked for again next time."""
    clause_digest: str | None = None
    """Set when the reply was written under another wording of the clause than is asked for now."""
    template_digest: str | None = None
    """Likewise for the prompt template."""


class Generator(Protocol):
    """Answers requests."""

    name: str
    """Stable: with `model`, the name under which replies are remembered."""
    model: str

    def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """Answers in any order, each as soon as it is there.

        It may end early, leaving requests unanswered, or raise `UpstreamError`; what was yielded
        before is kept.
        """
        ...


@runtime_checkable
class PlansItself(Protocol):
    """A generator that can only answer its own slots, such as a recording."""

    slots: Sequence[Slot]
