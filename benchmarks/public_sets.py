"""Public labelled sets, read from a folder that the person measuring provides.

A set is `NAME.jsonl`: rows with `text`, or `prompt` and `response`; `label` 1 where the row
violates the policy the set was labelled by. No row of any of them is ever trained on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from gatewright.errors import InputError

__all__ = ["PublicSet", "read_set"]


@dataclass(frozen=True, slots=True)
class PublicSet:
    """Rows of one public set as a gate reads them."""

    name: str
    items: list[dict[str, str]]
    labels: list[int]


def read_set(folder: Path, name: str, fields: tuple[str, ...]) -> PublicSet:
    """Read `folder/NAME.jsonl`; a single-field set's `text` column fills the judged field."""
    path = folder / f"{name}.jsonl"
    if not path.is_file():
        raise InputError(f"no {path}; expected a JSON-lines file with text and label")
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    columns = fields if len(fields) > 1 else ("text",)
    items = [dict(zip(fields, (row[column] for column in columns), strict=True)) for row in rows]
    return PublicSet(name, items, [int(row["label"]) for row in rows])
