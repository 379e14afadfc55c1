"""What a constitution is: rules, their restricted and permitted clauses, and their digests.

Frozen records only. Knows nothing about markdown, prompts or models.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from gatewright.artefacts import digest
from gatewright.errors import InputError

__all__ = [
    "FIELDS",
    "Clause",
    "Constitution",
    "Dimension",
    "Judges",
    "Rule",
    "Term",
    "VerdictName",
    "WrittenExample",
]

Judges = Literal["prompt", "response", "exchange", "document"]
VerdictName = Literal["restricted", "permitted"]

FIELDS: dict[Judges, tuple[str, ...]] = {
    "prompt": ("prompt",),
    "response": ("response",),
    "exchange": ("prompt", "response"),
    "document": ("text",),
}
"""Which fields of an item each kind of constitution judges, in reading order."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of a rule: something it restricts, or something it expressly permits."""

    id: str
    """`rule/clause`, stable across edits of the text."""
    verdict: VerdictName
    text: str
    line: int = field(compare=False)

    @property
    def rule(self) -> str:
        return self.id.partition("/")[0]

    @property
    def digest(self) -> str:
        return digest([self.id, self.verdict, self.text])


@dataclass(frozen=True, slots=True)
class WrittenExample:
    """An example the author wrote under a rule."""

    clause: str
    """Full clause id."""
    verdict: VerdictName
    fields: dict[str, str]
    """Text by field name; the names are `FIELDS[constitution.judges]`."""
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way in which examples should differ (setting, register, length), with its values."""

    name: str
    values: tuple[str, ...]
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    """A defined term."""

    name: str
    text: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One subject of the constitution, with what it restricts and what it permits."""

    id: str
    title: str
    text: str
    clauses: tuple[Clause, ...]
    examples: tuple[WrittenExample, ...]
    dimensions: tuple[Dimension, ...]
    line: int = field(compare=False)

    @property
    def restricted(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if clause.verdict == "restricted")

    @property
    def permitted(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if clause.verdict == "permitted")

    @property
    def digest(self) -> str:
        return digest(_content(self))


@dataclass(frozen=True, slots=True)
class Constitution:
    """A policy as its author wrote it."""

    name: str
    version: str
    judges: Judges
    title: str
    purpose: str
    terms: tuple[Term, ...]
    dimensions: tuple[Dimension, ...]
    """Dimensions of the whole constitution; every rule adds its own."""
    rules: tuple[Rule, ...]
    source: str = field(compare=False, repr=False)
    """The markdown itself, as it was read."""

    @classmethod
    def load(cls, path: str | Path) -> Constitution:
        """Read and parse a markdown file.

        Raises:
            ConstitutionError: with every error of the file.
            InputError: there is no such file.
        """
        from gatewright.constitution.parsing import load

        return load(Path(path))

    @property
    def fields(self) -> tuple[str, ...]:
        return FIELDS[self.judges]

    @property
    def rule_ids(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.rules)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(clause for rule in self.rules for clause in rule.clauses)

    @property
    def digest(self) -> str:
        return digest(_content(self))

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id (a clause id names its rule too).

        Raises:
            InputError: there is none.
        """
        wanted = rule_id.partition("/")[0]
        for rule in self.rules:
            if rule.id == wanted:
                return rule
        raise InputError(f"no rule {wanted!r}; the rules are {', '.join(self.rule_ids)}")

    def clause(self, clause_id: str) -> Clause:
        """The clause of that full id, `rule/clause`.

        Raises:
            InputError: there is none.
        """
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        known = ", ".join(clause.id for clause in self.clauses)
        raise InputError(f"no clause {clause_id!r}; the clauses are {known}")

    def dimensions_of(self, rule: Rule) -> tuple[Dimension, ...]:
        """The dimensions examples of `rule` vary in: its own first, then the constitution's."""
        own = {dimension.name for dimension in rule.dimensions}
        shared = tuple(each for each in self.dimensions if each.name not in own)
        return rule.dimensions + shared


def _content(record: Any) -> Any:
    """A record as plain values, without line numbers and source, which carry no meaning."""
    if isinstance(record, tuple):
        return [_content(each) for each in record]
    slots = getattr(type(record), "__slots__", None)
    if slots is None:
        return record
    return {
        name: _content(getattr(record, name)) for name in slots if name not in ("line", "source")
    }
