"""The planner: proposes values for the dimensions, by verbalized sampling.

Asked for a value alone, a model gives the commonest one again and again; asked for value, polarity
and probability together, it spreads out (1.6 to 2.1 times the diversity, BARRED,
arXiv 2604.25203). Takes a constitution and somebody to ask; gives dimensions to plan with. Knows
nothing about plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewright.constitution.records import Constitution, Dimension
from gatewright.constitution.role_prompts import list_schema
from gatewright.training.examples import Dropped
from gatewright.training.generators.asking import Ask
from gatewright.training.roles.texts import Task, listed_entries, request_of

__all__ = ["PLANNER", "Proposal", "Proposed", "propose"]

PLANNER = "planner"
_COUNT = 12
_MAX_WORDS = 24

_SCHEMA = list_schema(
    "values",
    {
        "item": {"type": "integer"},
        "value": {"type": "string"},
        "polarity": {"type": "number"},
        "probability": {"type": "number"},
    },
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One value, as the planner gave it."""

    dimension: str
    value: str
    polarity: float
    """-1: texts with it are nearly always permitted; 1: nearly always restricted."""
    probability: float
    """How common it is in real traffic, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """The planner's proposals."""

    proposals: list[Proposal]
    dropped: list[Dropped]
    waiting: bool

    def extend(self, dimensions: Sequence[Dimension]) -> list[Dimension]:
        """The dimensions with the proposed values after the authors' own.

        Values are drawn with both verdicts alike, whatever their polarity: one that leans to a
        side makes the other side's texts hard, and can never predict a label.
        """
        return [
            Dimension(
                each.name,
                (*each.values, *(p.value for p in self.proposals if p.dimension == each.name)),
                each.line,
            )
            for each in dimensions
        ]


def propose(
    constitution: Constitution,
    *,
    ask: Ask,
    count: int = _COUNT,
    templates: Path | None = None,
) -> Proposed:
    """Values for every dimension of the constitution that texts can have besides the written ones.

    Dropped are repetitions, values too long to be one, and those whose numbers are out of range.
    """
    dimensions = _dimensions(constitution)
    if not dimensions:
        return Proposed([], [], waiting=False)
    task = Task(PLANNER, "propose", _SCHEMA, variables={"count": count})
    texts = [
        {"item": n, "dimension": each.name, "values": list(each.values)}
        for n, each in enumerate(dimensions, 1)
    ]
    request = request_of(constitution, f"{PLANNER}/1", task, texts, templates=templates)
    reply = ask([request]).get(request.id)
    if reply is None:
        return Proposed([], [], waiting=True)
    listed = listed_entries(reply, task)
    if isinstance(listed, str):
        return Proposed([], [Dropped(listed, PLANNER)], waiting=False)
    return _sifted(dimensions, listed)


def _dimensions(constitution: Constitution) -> list[Dimension]:
    """Those of the whole constitution and those of single rules, each name once."""
    found = {
        each.name: each for rule in constitution.rules for each in constitution.dimensions_of(rule)
    }
    return list(found.values())


def _sifted(dimensions: Sequence[Dimension], listed: Sequence[Mapping[str, Any]]) -> Proposed:
    taken = {(each.name, value.casefold()) for each in dimensions for value in each.values}
    proposals: list[Proposal] = []
    dropped: list[Dropped] = []
    for entry in listed:
        read = _read(dimensions, entry)
        if isinstance(read, str):
            dropped.append(Dropped(read, PLANNER, str(entry)[:200]))
        elif (key := (read.dimension, read.value.casefold())) in taken:
            dropped.append(Dropped("repeated value", PLANNER, read.value))
        else:
            taken.add(key)
            proposals.append(read)
    return Proposed(proposals, dropped, waiting=False)


def _read(dimensions: Sequence[Dimension], entry: Mapping[str, Any]) -> Proposal | str:
    item, value = entry.get("item"), entry.get("value")
    if not isinstance(item, int) or not 1 <= item <= len(dimensions):
        return "no such dimension"
    if not isinstance(value, str) or not value.strip() or len(value.split()) > _MAX_WORDS:
        return "no short value"
    polarity, probability = entry.get("polarity"), entry.get("probability")
    if not isinstance(polarity, int | float) or not -1 <= polarity <= 1:
        return "polarity out of range"
    if not isinstance(probability, int | float) or not 0 <= probability <= 1:
        return "probability out of range"
    name = dimensions[item - 1].name
    return Proposal(name, " ".join(value.split()), float(polarity), float(probability))
