"""Who answers: the request and reply records, the Generator protocol, and how one is found.

A generator is named `NAME` or `NAME:ARGUMENT`; names come from the entry-point group
`gatewright.generators`, each loaded only when asked for, so that third parties add their own by
declaring one:

    [project.entry-points."gatewright.generators"]
    mine = "my_package.mine:open_generator"

    def open_generator(argument: str, *, constitution, policy: Path, seed: int) -> Generator

Knows nothing about any particular generator, the journal, or how replies are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from gatewright.artefacts import digest
from gatewright.constitution.records import Constitution
from gatewright.errors import InputError
from gatewright.training.synthesis.slots import Slot

__all__ = [
    "GROUP",
    "Asked",
    "Generator",
    "PlansItself",
    "Reply",
    "Request",
    "generator_names",
    "open_generator",
]

GROUP = "gatewright.generators"
"""The entry-point group generators are registered in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for and under which wording, without the words."""

    slot: Slot
    request: str
    """The request's digest."""
    constitution: str
    clause_digest: str
    template_digest: str


@dataclass(frozen=True, slots=True)
class Request:
    """A slot with the words that ask for it."""

    slot: Slot
    messages: tuple[Mapping[str, str], ...]
    """`role` and `content` of each, in order."""
    schema: Mapping[str, Any]
    """JSON schema of the reply."""
    constitution: str
    """Digest of the constitution."""
    clause_digest: str
    template_digest: str

    @property
    def digest(self) -> str:
        """Equal for equal words about the same slot: what the journal remembers replies by."""
        return digest([self.slot.id, [dict(each) for each in self.messages], dict(self.schema)])

    @property
    def asked(self) -> Asked:
        return Asked(
            slot=self.slot,
            request=self.digest,
            constitution=self.constitution,
            clause_digest=self.clause_digest,
            template_digest=self.template_digest,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a generator answered, word for word."""

    slot: str
    """Id of the slot it answers."""
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


def generator_names() -> list[str]:
    """The names of every installed generator, sorted."""
    return sorted(_installed())


def open_generator(spec: str, *, constitution: Constitution, policy: Path, seed: int) -> Generator:
    """The generator named by `NAME` or `NAME:ARGUMENT`.

    `policy` is the constitution's file (a recording lies beside it); `seed` settles whatever the
    generator draws itself.

    Raises:
        InputError: no generator has that name, or it rejects its argument.
    """
    name, _, argument = spec.partition(":")
    installed = _installed()
    if name not in installed:
        known = ", ".join(sorted(installed)) or "none"
        raise InputError(f"no generator {name!r}; installed: {known}")
    opener = cast("Callable[..., Generator]", installed[name].load())
    return opener(argument, constitution=constitution, policy=policy, seed=seed)


def _installed() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=GROUP)}
