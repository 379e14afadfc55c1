"""The verb `evaluate`: how good a gate is on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gatewright.cli.options import Base, Json, Prompt, Response, Text

__all__ = ["command"]

_NAMES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "tpr_at_1_percent_fpr": "TPR at 1 % FPR",
    "ece": "ECE",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "false_positive_rate": "false-positive rate",
}


def command(
    gate: Annotated[Path, typer.Argument(help="The gate's folder.")],
    file: Annotated[Path, typer.Argument(help="Labelled rows: JSONL or Parquet.")],
    text: Text = None,
    prompt: Prompt = None,
    response: Response = None,
    label: Annotated[
        str, typer.Option(help="Column with 1, true or restricted; 0, false or permitted.")
    ] = "label",
    base: Base = None,
    json: Json = False,
) -> None:
    """Measure a gate on labelled data: AUROC, AUPRC, F1, false-positive rate and more.

    A file of permitted rows alone gives the false-positive rate, one of restricted rows alone the
    recall; what cannot be computed is said, with the reason.

        gatewright evaluate runs/policy/gate labelled.jsonl --text text --label label

        gatewright evaluate runs/policy/gate chats.parquet --prompt question --response answer
    """
    from gatewright.cli.console import print_json
    from gatewright.training.evaluation import evaluate_gate

    report = evaluate_gate(
        gate, file, label=label, text=text, prompt=prompt, response=response, base=base
    )
    if json:
        print_json(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    from gatewright.cli.console import print_table, shown
    from gatewright.training.evaluation import decisions_in_words

    overall, rows = report["overall"], report["rows"]
    lines = [(name, *_shown(overall[key])) for key, name in _NAMES.items()]
    print_table(lines, head=("metric", "value", ""))
    for line in decisions_in_words(overall):
        typer.echo(line)
    typer.echo(f"rows: {rows['in']} in, {rows['measured']} measured")
    for what in ("rejected", "unscored"):
        for reason, count in rows[what].items():
            typer.echo(shown(f"{what}: {count} {reason}"))


def _shown(figure: dict[str, Any]) -> tuple[str, str]:
    if figure["value"] is None:
        return "-", figure["reason"]
    interval = f"95 %: {figure['low']:.3f} to {figure['high']:.3f}" if "low" in figure else ""
    return f"{figure['value']:.3f}", interval
