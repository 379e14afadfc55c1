"""Options that several verbs share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "Base",
    "BatchFormat",
    "Budget",
    "Concurrency",
    "Confidence",
    "DryRun",
    "FromBatch",
    "Json",
    "MaxCalls",
    "MaxTokens",
    "MissBudget",
    "Policy",
    "Prompt",
    "Response",
    "Roles",
    "SeedTexts",
    "Templates",
    "Text",
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
Text = Annotated[str | None, typer.Option(help="Column of your file with the judged text.")]
Prompt = Annotated[str | None, typer.Option(help="Its column with the prompt.")]
Response = Annotated[str | None, typer.Option(help="Its column with the response.")]
Base = Annotated[
    str | None, typer.Option(help="Where the base model is, if not where its name says.")
]
Budget = Annotated[float, typer.Option(help="Share of permitted text that may be dropped.")]
Confidence = Annotated[float, typer.Option(help="How sure that must be.")]
MissBudget = Annotated[
    float | None,
    typer.Option(help="Share of restricted text that may be kept. Default: .1, if possible."),
]
Roles = Annotated[
    str,
    typer.Option(
        help="Roles besides the writer, each with a model of its own if wanted: "
        "planner,answerer=openai:MODEL,reformatter."
    ),
]
SeedTexts = Annotated[
    Path | None,
    typer.Option(
        help="JSONL or Parquet file of real texts; each request shows one to learn its manner "
        "from. No labels are needed."
    ),
]
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
