"""What the command says: results to stdout, everything else to stderr, and how text is shown.

Takes text, rows and JSON-able values; knows nothing about verbs, gates or run folders.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = [
    "print_json",
    "print_summary",
    "print_table",
    "quiet_libraries",
    "report",
    "show_progress",
    "shown",
    "stderr",
    "stdout",
]

stdout = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
"""For results. Lines are never wrapped, so that a pipe gets what a terminal gets."""

stderr = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
"""For progress, warnings and errors."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but newline and tab, and marks that turn the reading direction."""
_LIBRARIES = r"(accelerate|datasets|evaluate|huggingface_hub|peft|torch|transformers)\."
_SURROGATE = re.compile("[\ud800-\udfff]")


def shown(text: object) -> str:
    """`text` without what could command a terminal: escapes, control and direction marks.

    Lone surrogates, which no terminal can print, become U+FFFD.
    """
    return _SURROGATE.sub("\ufffd", _UNSEEN.sub("", str(text)))


def print_json(value: Any) -> None:
    """Print one JSON object to stdout, in ASCII, refusing NaN."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False) + "\n")


def print_table(rows: Iterable[Sequence[object]], *, head: Sequence[str] = ()) -> None:
    """Print rows as aligned columns to stdout, under `head` when there is one."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_header=bool(head), pad_edge=False)
    cells = [[shown(cell) for cell in row] for row in rows]
    for place in range(max([len(head), *map(len, cells)])):
        table.add_column(head[place] if place < len(head) else "", overflow="fold")
    for row in cells:
        table.add_row(*row)
    stdout.print(table, soft_wrap=False, crop=False)


def print_summary(summary: Mapping[str, Any]) -> None:
    """Print counts, one row each; those of a mapping under its name, and no empty lists."""
    rows: list[tuple[str, object]] = []
    for name, value in summary.items():
        label = name.replace("_", " ")
        if isinstance(value, Mapping):
            rows += [(f"{label}: {key}", count) for key, count in value.items()]
        elif value != []:
            rows.append((label, value if not isinstance(value, list) else "; ".join(value)))
    print_table(rows)


def report(summary: Mapping[str, Any], json: bool) -> None:
    """Print a summary, as one JSON object or in rows."""
    if json:
        print_json(dict(summary))
    else:
        print_summary(summary)


def show_progress(done: int, total: int) -> None:
    """Say on stderr how many replies are there, now and then and at the end."""
    if done == total or done % 50 == 0:
        stderr.print(f"replies: {done} of {total}")


def quiet_libraries() -> None:
    """Keep the libraries' own warnings and telemetry off, and their bars too off a terminal.

    Works through the environment, so it has to come before they are imported; what the user
    has set stays.
    """
    wanted = {
        "DATASETS_VERBOSITY": "error",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "TRANSFORMERS_VERBOSITY": "error",
    }
    if not sys.stderr.isatty():
        wanted |= {"HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    if not sys.warnoptions:
        warnings.filterwarnings("ignore", category=FutureWarning, module=_LIBRARIES)
