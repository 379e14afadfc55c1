"""The whole of curation, in its order, and the files it leaves.

Takes examples and a seed; every example that comes in is in one split or among the dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatewright.training.curation.balancing import balance
from gatewright.training.curation.duplicates import drop_exact_duplicates, drop_near_duplicates
from gatewright.training.curation.splitting import SPLITS, Shares, Split, split
from gatewright.training.curation.tallying import tally
from gatewright.training.curation.unusable import drop_unusable
from gatewright.training.disguises import count_families, disguise
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
    siblings: dict[str, int] = field(default_factory=dict)
    """Disguised siblings added to the split, by family of transforms: they never came in."""
    failed: list[Dropped] = field(default_factory=list)
    """Siblings that were not added; their originals are kept."""

    @property
    def kept(self) -> int:
        """Examples that came in and are in a split; siblings are not counted."""
        return sum(len(part) for part in self.split) - sum(self.siblings.values())

    @property
    def report(self) -> dict[str, Any]:
        """Counts as plain values: `in`, `kept`, `dropped`, `reasons`, `siblings` (which came on
        top of what was kept), and with these `splits` and `clauses`."""
        return {
            "in": self.kept + len(self.dropped),
            "kept": self.kept,
            "dropped": len(self.dropped),
            "reasons": count_reasons(self.dropped),
            "siblings": {
                "added": sum(self.siblings.values()),
                "families": self.siblings,
                "failed": count_reasons(self.failed),
            },
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
    disguised: float = 0.0,
) -> CuratedSet:
    """Drop what is unusable, a copy or surplus, and split the rest.

    Copies go before the split, so that none can cross it. The same examples and seed give the same
    result.

    Args:
        shares: the part of each split; None settles it by the number of examples.
        ratio, clause_cap: how uneven verdicts and clauses may be; see `balance`.
        disguised: the share of train and of validation that gets a disguised sibling; see
            `disguise`. What certifies stays natural, and so does what it promises.

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
    return _with_siblings(curated, disguised, seed) if disguised else curated


def _with_siblings(curated: CuratedSet, share: float, seed: int) -> CuratedSet:
    # Two seeds, or validation would be on the very draws that training was on.
    train = disguise(curated.split.train, share=share, seed=2 * seed)
    validation = disguise(curated.split.validation, share=share, seed=2 * seed + 1)
    before, after = (
        curated.split,
        curated.split._replace(train=train.kept, validation=validation.kept),
    )
    siblings = [each for old, new in zip(before, after, strict=True) for each in new[len(old) :]]
    failed = train.dropped + validation.dropped
    return CuratedSet(after, curated.dropped, count_families(siblings), failed)


def store(curated: CuratedSet, folder: Path) -> None:
    """Write `train.parquet`, `validation.parquet`, `certification.parquet` and `dropped.jsonl`,
    which names the siblings that failed as well, as of the stage `disguising`."""
    write_dropped(folder / "dropped.jsonl", curated.dropped + curated.failed)
    for name, examples in zip(SPLITS, curated.split, strict=True):
        write_examples(folder / f"{name}.parquet", examples)


def load(folder: Path) -> Split:
    """Read the splits that `store` wrote.

    Raises:
        ArtefactError: a file is missing or damaged.
    """
    return Split(*(read_examples(folder / f"{name}.parquet") for name in SPLITS))
