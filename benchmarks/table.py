"""The README's table of results, made from the stored figures and from nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "table"]

RESULTS = Path(__file__).parent / "results"
_HEAD = "| gate | measured on | figure | goal | gate | TF-IDF floor |\n|---|---|---|---|---|---|"
_NAMES = {
    "auprc": "AUPRC",
    "f1": "F1 at the certified threshold",
    "false_positive_rate": "flagged",
    "recall": "recall",
}


def table(folder: Path = RESULTS) -> str:
    """A markdown row for each goal, in the order of the files' names, then the gap to held-out
    examples and what length alone knows."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))]
    studies: list[dict[str, Any]] = [json.loads(text) for text in texts]
    rows = [_row(found, goal) for found in studies for goal in found["goals"]]
    return "\n".join([_HEAD, *rows, "", *map(_held_out, studies)])


def _row(found: dict[str, Any], goal: dict[str, Any]) -> str:
    figures = found["sets"][goal["set"]]
    floor = figures["floor"][goal["metric"]]["value"]
    wanted = f"≥ {goal['at_least']:.2f}" if "at_least" in goal else f"≤ {goal['at_most']:.2f}"
    return (
        f"| {found['constitution']} | {goal['set']} ({figures['n']:,}) | {_NAMES[goal['metric']]} "
        f"| {wanted} | {goal['measured']:.3f}{'' if goal['met'] else ' (missed)'} | {floor:.3f} |"
    )


def _held_out(found: dict[str, Any]) -> str:
    held = found["held_out"]
    return (
        f"- `{found['constitution']}`, {found['examples']['train']:,} examples to learn from: on "
        f"{held['n']} recorded examples held out by lineage the gate's AUROC is "
        f"{held['auroc']['gate']:.3f} (floor {held['auroc']['floor']:.3f}); the length of the text "
        f"alone reaches {held['length_auroc']:.3f}."
    )
