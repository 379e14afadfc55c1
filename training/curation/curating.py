"""The whole of curation, in its order, and the files it leaves.

Takes examples and a seed; every example that comes in is in one split or among the dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewright.training.curation.balancing import balance
from gatewright.training.curation.duplicates import drop_exact_duplicates, drop_near_duplicates
from gatewright.training.curation.splitting import SPLITS, Shares, Split, split
from gatewright.training.curation.tallying import tally
from gatewright.training.curation.unusable import drop_unusable
from gatewright.training.examples import (
    Dropped,
    Example,
    count_reasons,
    read_examples,
    write_dropped,
    write_examples,
)

__all__ = ["CuratedSet", "curate", "load", "store"]


@dataclass(frozen=True, slots=True)
class CuratedSet:
    """Both sides of curation."""

    split: Split
    dropped: list[Dropped]

    @property
    def kept(self) -> int:
        return sum(len(part) for part in self.split)

    @property
    def report(self) -> dict[str, Any]:
        """Counts as plain values: `in`, `kept`, `dropped`, `reasons`, `splits`, `clauses`."""
        return {
            "in": self.kept + len(self.dropped),
            "kept": self.kept,
            "dropped": len(self.dropped),
            "reasons": count_reasons(self.dropped),
            "splits": {name: len(part) for name, part in zip(SPLITS, self.split, strict=True)},
            "clauses": [row._asdict() for row in tally(self.split)],
        }


def curate(
    examples: Sequence[Example],
    *,
    seed: int = 0,
    shares: Shares | None = None,
    ratio: float = 2.0,
    clause_cap: int | None = None,
) -> CuratedSet:
    """Drop what is unusable, a copy or surplus, and split the rest.

    Copies go before the split, so that none can cross it. The same examples and seed give the same
    result.

    Args:
        shares: the part of each split, by default .6, .12 and .28.
        ratio, clause_cap: how uneven verdicts and clauses may be; see `balance`.

    Raises:
        InputError: an option is out of range.
        QualityError: what is left cannot be split so that every part has both verdicts.
    """
    usable = drop_unusable(examples)
    distinct = drop_exact_duplicates(usable.kept)
    separate = drop_near_duplicates(distinct.kept)
    balanced = balance(separate.kept, seed=seed, ratio=ratio, clause_cap=clause_cap)
    sifted = (usable, distinct, separate, balanced)
    dropped = [each for step in sifted for each in step.dropped]
    curated = CuratedSet(split(balanced.kept, seed=seed, shares=shares), dropped)
    if curated.kept + len(dropped) != len(examples):
        raise AssertionError(f"{len(examples)} came in, {curated.kept} + {len(dropped)} came out")
    return curated


def store(curated: CuratedSet, folder: Path) -> None:
    """Write `train.parquet`, `validation.parquet`, `certification.parquet` and `dropped.jsonl`."""
    write_dropped(folder / "dropped.jsonl", curated.dropped)
    for name, examples in zip(SPLITS, curated.split, strict=True):
        write_examples(folder / f"{name}.parquet", examples)


def load(folder: Path) -> Split:
    """Read the splits that `store` wrote.

    Raises:
        ArtefactError: a file is missing or damaged.
    """
    return Split(*(read_examples(folder / f"{name}.parquet") for name in SPLITS))
