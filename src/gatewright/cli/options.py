"""Options that several verbs share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "BatchFormat",
    "Concurrency",
    "DryRun",
    "FromBatch",
    "Json",
    "MaxCalls",
    "MaxTokens",
    "Policy",
    "Templates",
    "ToBatch",
    "limits",
]

Policy = Annotated[
    str, typer.Argument(help="A constitution (markdown), or the name of a bundled one.")
]
Templates = Annotated[
    Path | None, typer.Option(help="Folder of prompt templates to use instead of ours.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]
ToBatch = Annotated[
    Path | None, typer.Option(help="Write unanswered requests as a batch file, and stop.")
]
FromBatch = Annotated[
    list[Path] | None, typer.Option(help="Take in a batch's replies; may be repeated.")
]
BatchFormat = Annotated[
    str,
    typer.Option(metavar="openai|anthropic", help="Whose batch format to write; either is read."),
]
MaxCalls = Annotated[
    int | None, typer.Option(min=1, help="Stop after so many calls; the same command goes on.")
]
MaxTokens = Annotated[
    int | None,
    typer.Option(min=1, help="Stop after so many tokens, sent and received; likewise."),
]
Concurrency = Annotated[
    int | None, typer.Option(min=1, help="Calls at once, at most. Default: 32.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what asking would come to, and stop.")]


def limits(
    max_calls: int | None, max_tokens: int | None, concurrency: int | None
) -> dict[str, Any]:
    """Those that were given, by name."""
    named = {"max_calls": max_calls, "max_tokens": max_tokens, "concurrency": concurrency}
    return {name: value for name, value in named.items() if value is not None}
