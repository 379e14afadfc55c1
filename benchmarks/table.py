"""The README's table of results, made from the stored figures and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "table"]

RESULTS = Path(__file__).parent / "results"
_HEAD = (
    "| gate | measured on | figure | goal | gate | unverified | TF-IDF floor |\n"
    "|---|---|---|---|---|---|---|"
)
_NAMES = {
    "auprc": "AUPRC",
    "auroc": "AUROC",
    "f1": "F1 at the certified threshold",
    "false_positive_rate": "flagged",
    "recall": "recall",
}


def table(folder: Path = RESULTS) -> str:
    """A markdown row for each goal and for each further set of one verdict, in the order of the
    files' names, then what each gate knows of examples held out, and the gap to public sets."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))]
    studies: list[dict[str, Any]] = [json.loads(text) for text in texts]
    rows = [row for found in studies for row in _rows(found)]
    return "\n".join([_HEAD, *rows, "", *map(_held_out, studies)])


def _rows(found: dict[str, Any]) -> Iterator[str]:
    for goal in found["goals"]:
        wanted = f"≥ {goal['at_least']:.2f}" if "at_least" in goal else f"≤ {goal['at_most']:.2f}"
        yield _row(found, goal["set"], goal["metric"], wanted, met=goal["met"])
    with_goals = {goal["set"] for goal in found["goals"]}
    for name, figures in found["sets"].items():
        if name not in with_goals:
            metric = "recall" if figures["restricted"] else "false_positive_rate"
            yield _row(found, name, metric, "", met=True)


def _row(found: dict[str, Any], name: str, metric: str, wanted: str, *, met: bool) -> str:
    figures = found["sets"][name]
    values = {
        who: _value(figures[who][metric]) if who in figures else ""
        for who in ("gate", "unverified", "floor")
    }
    rule = f", by its rule `{figures['rule']}`" if "rule" in figures else ""
    return (
        f"| {found['constitution']} | {name} ({figures['n']:,}) | {_NAMES[metric]}{rule} "
        f"| {wanted} | {values['gate']}{'' if met else ' (missed)'} | {values['unverified']} "
        f"| {values['floor']} |"
    )


def _value(figure: dict[str, Any]) -> str:
    """A figure; the mean over several seeds with the lowest and the highest."""
    text = f"{figure['value']:.3f}"
    if seeds := figure.get("by_seed"):
        text += f" [{min(seeds):.2f} to {max(seeds):.2f}]"
    return text


def _held_out(found: dict[str, Any]) -> str:
    held = found["held_out"]
    gaps = ", ".join(
        f"{held['auroc']['gate'] - figures['gate']['auroc']['value']:+.3f} on {name}"
        for name, figures in found["sets"].items()
        if figures["gate"]["auroc"]["value"] is not None
    )
    return (
        f"- `{found['constitution']}`, {found['examples']['train']:,} examples to learn from: on "
        f"{held['n']} recorded examples held out by lineage the gate's AUROC is "
        f"{held['auroc']['gate']:.3f} (floor {held['auroc']['floor']:.3f}); the length of the text "
        f"alone reaches {held['length_auroc']:.3f}."
        f"{f' Gap to human-made text, in AUROC: {gaps}.' if gaps else ''}"
    )
