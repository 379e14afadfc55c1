"""What a server understands: how to ask it for JSON, for a seed, for a limit on the answer.

Takes messages and a schema, gives the body of a call; after a complaint, gives the next thing to
try. Knows nothing about HTTP or what the answers say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["STRUCTURES", "Dialect"]

STRUCTURES = ("json_schema", "json_object with schema", "json_object", "plain")
"""Ways to ask for JSON, from the strictest down. The second is what llama.cpp's servers take."""

_CAPS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one server is spoken to."""

    structure: str = STRUCTURES[0]
    cap: str = _CAPS[0]
    """What the limit on an answer's length is called."""
    seeded: bool = True
    heated: bool = True
    """Whether the temperature is said; some models know only their own, which is 1."""

    @classmethod
    def to_begin_with(cls, *, official: bool) -> Dialect:
        """The official endpoint refuses `max_tokens` for newer models; others know little else."""
        return cls(cap=_CAPS[official])

    def body(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        *,
        model: str,
        seed: int,
        max_output_tokens: int,
    ) -> dict[str, Any]:
        """The body of one call."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [dict(each) for each in messages],
            self.cap: max_output_tokens,
        }
        if self.heated:
            body["temperature"] = 1
        if self.seeded:
            body["seed"] = seed
        if (wanted := _response_format(self.structure, schema)) is not None:
            body["response_format"] = wanted
        return body

    def without(self, complaint: str, tried: AbstractSet[Dialect]) -> Dialect | None:
        """What to try after that complaint, if anything is left that was not tried before.

        What the complaint names goes first; else the way to ask for JSON; last the seed.
        """
        complaint = complaint.lower()
        candidates: list[Dialect] = []
        if any(cap in complaint for cap in _CAPS):
            candidates += [replace(self, cap=cap) for cap in _CAPS]
        if "temperature" in complaint:
            candidates.append(replace(self, heated=False))
        if "seed" in complaint:
            candidates.append(replace(self, seeded=False))
        if (lower := self.stepped_down()) is not None:
            candidates.append(lower)
        candidates.append(replace(self, seeded=False))
        return next((each for each in candidates if each not in tried), None)

    def stepped_down(self) -> Dialect | None:
        """The same with the next way to ask for JSON, if there is one."""
        following = STRUCTURES.index(self.structure) + 1
        if following == len(STRUCTURES):
            return None
        return replace(self, structure=STRUCTURES[following])


def _response_format(structure: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    if structure == "json_schema":
        named = {"name": "reply", "strict": True, "schema": dict(schema)}
        return {"type": "json_schema", "json_schema": named}
    if structure == "json_object with schema":
        return {"type": "json_object", "schema": dict(schema)}
    return {"type": "json_object"} if structure == "json_object" else None
