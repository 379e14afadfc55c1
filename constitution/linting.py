"""Everything a file's author should hear about it: what is wrong, and what will serve them badly.

Takes a path; gives located problems. Errors are the parser's; most warnings come from reading the
rules as a whole. Knows nothing about how problems are shown.
"""

from __future__ import annotations

from pathlib import Path

from gatewright.constitution.parsing import Examination, examine_file
from gatewright.constitution.problems import Findings, Problem
from gatewright.constitution.records import Clause, Constitution, Dimension, Rule

__all__ = ["inspect", "lint"]

_FEW_WORDS = 3
"""A clause of fewer words tells a generator too little; scripts without spaces are exempt."""


def lint(path: str | Path) -> list[Problem]:
    """Every error and warning of a file, in the order of its lines.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    return list(inspect(path).problems)


def inspect(path: str | Path) -> Examination:
    """As `lint`, with the constitution when there is no error.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    read = examine_file(path)
    constitution = read.constitution
    if constitution is None:
        return read
    findings = Findings(str(path), constitution.source.split("\n"))
    _check_whole(constitution, findings)
    for rule in constitution.rules:
        _check_rule(rule, findings)
    together = sorted(
        (*read.problems, *findings.problems), key=lambda each: (each.line, each.column)
    )
    return Examination(constitution, tuple(together))


def _check_whole(constitution: Constitution, findings: Findings) -> None:
    lines = enumerate(constitution.source.split("\n"), start=1)
    shown = (at for at, line in lines if line.strip("# ") == constitution.title)
    title = next(shown, 1)
    if not constitution.purpose:
        message = "no purpose under the title; say whom it protects and how to read doubtful cases"
        findings.warning(title, message)
    if not constitution.dimensions and not any(rule.dimensions for rule in constitution.rules):
        message = "no dimensions; add `## Dimensions` so that examples differ in setting and length"
        findings.warning(title, message)
    _check_dimensions(constitution.dimensions, findings)


def _check_rule(rule: Rule, findings: Findings) -> None:
    if not rule.text:
        message = f"the rule {rule.id!r} has no text; say what it restricts and why"
        findings.warning(rule.line, message)
    if not rule.restricted:
        message = f"the rule {rule.id!r} restricts nothing, so nothing can be learned from it"
        findings.warning(rule.line, message)
    if rule.restricted and not rule.permitted:
        for clause in rule.restricted:
            message = f"no permitted contrast for {clause.id!r}; add a clause under ### Permitted"
            findings.warning(clause.line, message)
    for verdict in ("restricted", "permitted"):
        if not any(example.verdict == verdict for example in rule.examples):
            message = f"no {verdict} example in the rule {rule.id!r}; one or two guide a generator"
            findings.warning(rule.line, message)
    _check_clauses(rule, findings)
    _check_dimensions(rule.dimensions, findings)


def _check_clauses(rule: Rule, findings: Findings) -> None:
    texts: dict[str, Clause] = {}
    for clause in rule.clauses:
        words = clause.text.split()
        if len(words) < _FEW_WORDS and len(clause.text) < 20 and clause.text.isascii():
            message = f"the clause is only {clause.text!r}; say in a sentence what it covers"
            findings.warning(clause.line, message, at=clause.text)
        first = texts.setdefault(clause.text.casefold(), clause)
        if first is not clause:
            message = f"the same text as the clause in line {first.line}; keep one of them"
            findings.warning(clause.line, message)


def _check_dimensions(dimensions: tuple[Dimension, ...], findings: Findings) -> None:
    for dimension in dimensions:
        if len(dimension.values) == 1:
            message = (
                f"the dimension {dimension.name!r} has a single value; examples cannot vary in it"
            )
            findings.warning(dimension.line, message, at=dimension.name)
