"""Real texts from a file, for the writer to learn the manner of.

Takes a path and the names of its columns. Knows nothing about plans or prompts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gatewright.classifiers.columns import columns_of
from gatewright.training.evaluation.labelled import read_labelled

__all__ = ["SeedTexts", "read_seed_texts"]


class SeedTexts(NamedTuple):
    """What a file holds: usable texts, each once, and how many rows were not."""

    items: list[dict[str, str]]
    """Texts by field."""
    rejected: dict[str, int]
    """Number of rows left out, by reason."""

    @property
    def sentence(self) -> str:
        """What was read, and what was not."""
        left_out = ", ".join(f"{count} {reason}" for reason, count in self.rejected.items())
        return f"seed texts: {len(self.items):,}" + (f"; left out: {left_out}" if left_out else "")


def read_seed_texts(
    path: Path,
    fields: Sequence[str],
    *,
    text: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
) -> SeedTexts:
    """Every distinct row of a JSON lines or Parquet file; labels in it are not looked at.

    Args:
        fields: what the constitution judges.
        text, prompt, response: columns; see `gatewright.classifiers.columns.columns_of`.

    Raises:
        InputError: the file or a column cannot be found.
        QualityError: no row is usable.
    """
    read = read_labelled(path, columns_of(fields, text=text, prompt=prompt, response=response))
    items = [dict(each) for each in dict.fromkeys(_frozen(item) for item in read.items)]
    copies = len(read.items) - len(items)
    rejected = {**read.rejected, **({"the same text again": copies} if copies else {})}
    return SeedTexts(items, rejected)


def _frozen(item: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(item.items())
