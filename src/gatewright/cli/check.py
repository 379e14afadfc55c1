"""The verb `check`: what is wrong with a constitution, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gatewright.constitution import Constitution, Problem

__all__ = ["command"]


def command(
    policy: Annotated[
        str, typer.Argument(help="A constitution (markdown), or the name of a bundled one.")
    ],
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Check a constitution: every error and warning with its line and column.

    Exits with 0 when there is no error (with --strict: no warning either), else with 2.

        gatewright check policy.md

        gatewright check policy.md --strict --json
    """
    from gatewright.cli.console import print_json
    from gatewright.constitution import find_constitution, inspect

    path = find_constitution(policy)
    read = inspect(path)
    constitution, problems = read.constitution, read.problems
    failed = constitution is None or (strict and bool(problems))
    if json:
        print_json(_report(path, not failed, constitution, problems))
    else:
        _print(path, constitution, problems)
    raise typer.Exit(2 if failed else 0)


def _report(
    path: Path, ok: bool, constitution: Constitution | None, problems: tuple[Problem, ...]
) -> dict[str, Any]:
    listed: dict[str, list[dict[str, Any]]] = {"error": [], "warning": []}
    for each in problems:
        place = {"line": each.line, "column": each.column}
        listed[each.severity].append({**place, "message": each.message})
    report = {"file": str(path), "ok": ok, "errors": listed["error"], "warnings": listed["warning"]}
    if constitution is None:
        return {**report, "digest": None}
    return {
        **report,
        "name": constitution.name,
        "version": constitution.version,
        "judges": constitution.judges,
        "rules": {rule.id: rule.digest for rule in constitution.rules},
        "clauses": {clause.id: clause.digest for clause in constitution.clauses},
        "digest": constitution.digest,
    }


def _print(path: Path, constitution: Constitution | None, problems: tuple[Problem, ...]) -> None:
    from gatewright.cli.console import shown

    for each in problems:
        typer.echo(shown(each))
    errors = sum(each.severity == "error" for each in problems)
    warnings = _counted(len(problems) - errors, "warning")
    if constitution is None:
        typer.echo(shown(f"{path}: {_counted(errors, 'error')}, {warnings}"))
        return
    rules = _counted(len(constitution.rules), "rule")
    clauses = _counted(len(constitution.clauses), "clause")
    summary = f"ok, {warnings}; {rules}, {clauses}; digest {constitution.digest[:16]}"
    typer.echo(shown(f"{path}: {summary}"))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
