"""A slot: one thing to ask a generator for, with an id that does not depend on who answers.

Plain values only. Knows nothing about prompts, replies or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

from gatewright.artefacts import digest
from gatewright.constitution.prompts import Difficulty
from gatewright.constitution.records import VerdictName
from gatewright.errors import InputError

__all__ = ["DIFFICULTIES", "Difficulty", "Slot"]

DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
"""`plain`: unmistakable; `subtle`: decided by one phrase or the context; `look-alike`: looks like
the other verdict; `disguised`: wrapped in a style people use to get something past a filter, under
both verdicts alike; `boundary`: pairs, one text on each side of the line, a minimal edit apart."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A clause, a verdict, a difficulty and a value of each dimension, for `count` items."""

    clause: str
    """Full clause id, `rule/clause`."""
    verdict: VerdictName
    """The clause's own verdict, and the label of every item; a boundary slot's pairs have both."""
    difficulty: Difficulty
    values: Mapping[str, str]
    """Dimension name -> value."""
    number: int
    """Position among the slots of its clause and difficulty, from 0."""
    count: int
    """How many examples (pairs, if boundary) one reply should hold; not part of the id."""
    seed_text: Mapping[str, str] | None = None
    """A real text, by field, that the examples are to be written in the manner of."""

    @property
    def id(self) -> str:
        """16 hex digits, equal for equal slots whatever their count."""
        content = [self.clause, self.verdict, self.difficulty, dict(self.values), self.number]
        return digest(content if self.seed_text is None else [*content, dict(self.seed_text)])[:16]

    def group(self, index: int) -> str:
        """Lineage of the item at `index` of the reply: that of its seed text, if it has one."""
        if self.seed_text is None:
            return f"{self.id}-{index}"
        return f"seed-{digest(dict(self.seed_text))[:16]}"

    @property
    def rule(self) -> str:
        return self.clause.partition("/")[0]

    @property
    def examples(self) -> int:
        """How many examples its items make: a pair is two."""
        return self.count * 2 if self.difficulty == "boundary" else self.count

    def as_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads back."""
        values = {**asdict(self), "values": dict(self.values)}
        if self.seed_text is None:
            del values["seed_text"]
        return values

    @classmethod
    def from_json(cls, value: Any) -> Slot:
        """A slot from plain values.

        Raises:
            InputError: they are not those of a slot.
        """
        try:
            slot = cls(**value)
            fits = (
                isinstance(slot.clause, str)
                and slot.verdict in ("restricted", "permitted")
                and slot.difficulty in DIFFICULTIES
                and _is_text_by_name(slot.values)
                and (slot.seed_text is None or _is_text_by_name(slot.seed_text))
                and type(slot.number) is int
                and type(slot.count) is int
                and slot.count > 0
            )
        except (TypeError, AttributeError):
            fits = False
        if not fits:
            raise InputError(
                f"not a slot: {str(value)[:200]}; expected clause, verdict, difficulty, values, "
                "number and count"
            )
        return slot


def _is_text_by_name(value: Mapping[str, str]) -> bool:
    return all(isinstance(each, str) for pair in value.items() for each in pair)
