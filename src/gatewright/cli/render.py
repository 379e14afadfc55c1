"""The verb `render`: the prompts a constitution becomes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewright.constitution.prompts import Difficulty
from gatewright.constitution.records import VerdictName

__all__ = ["command"]


def command(
    policy: Annotated[
        str, typer.Argument(help="A constitution (markdown), or the name of a bundled one.")
    ],
    clause: Annotated[
        str | None, typer.Option(help="RULE/CLAUSE. Default: every clause in turn.")
    ] = None,
    verdict: Annotated[
        VerdictName | None,
        typer.Option(help="Default: the clause's own. The other one asks for near misses."),
    ] = None,
    difficulty: Annotated[Difficulty, typer.Option(help="boundary asks for pairs.")] = "plain",
    chosen: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE of a dimension; the first value otherwise."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many examples or pairs to ask for.")] = 8,
    templates: Annotated[
        Path | None, typer.Option(help="Folder of prompt templates to use instead of ours.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Show exactly what a generator is asked, for one clause or for all.

    gatewright render policy.md

    gatewright render policy.md --clause harassment/threat --difficulty boundary

    gatewright render policy.md --clause harassment/threat --set register=blunt
    """
    from gatewright.cli.console import print_json
    from gatewright.constitution import find_constitution, first_values, load, render_request

    constitution = load(find_constitution(policy))
    rendered: list[dict[str, Any]] = []
    for each in constitution.clauses if clause is None else (constitution.clause(clause),):
        wish: dict[str, Any] = {
            "verdict": verdict or each.verdict,
            "difficulty": difficulty,
            "values": first_values(constitution, each, difficulty, chosen or ()),
            "count": count,
        }
        prompt = render_request(constitution, each, **wish, templates=templates)
        rendered.append({"clause": each.id, **wish, **asdict(prompt)})
    if json:
        print_json({"constitution": constitution.digest, "prompts": rendered})
    else:
        for request in rendered:
            _print(request)


def _print(request: dict[str, Any]) -> None:
    from gatewright.cli.console import shown, stdout

    for message in request["messages"]:
        wish = f"{request['verdict']}, {request['difficulty']}"
        stdout.rule(f"{request['clause']}: {wish}: {message['role']}", characters="=")
        typer.echo(shown(message["content"]))
