"""Counting what each clause has, by verdict and split.

Takes a split; gives counts to show and to store.
"""

from __future__ import annotations

from typing import NamedTuple

from gatewright.constitution.records import VerdictName
from gatewright.training.curation.splitting import SPLITS, Split

__all__ = ["Tally", "tally"]


class Tally(NamedTuple):
    """The examples of one clause and verdict. A boundary clause has both verdicts, one row each."""

    clause: str
    verdict: VerdictName
    counts: dict[str, int]
    """Split name -> number of examples."""


def tally(split: Split) -> list[Tally]:
    """One row for each clause and verdict that occurs, in order of clause, restricted first."""
    rows: dict[tuple[str, VerdictName], dict[str, int]] = {}
    for name, examples in zip(SPLITS, split, strict=True):
        for example in examples:
            verdict: VerdictName = "restricted" if example.restricted else "permitted"
            counts = rows.setdefault((example.clause, verdict), dict.fromkeys(SPLITS, 0))
            counts[name] += 1
    # "restricted" sorts after "permitted", hence the explicit key.
    order = sorted(rows, key=lambda key: (key[0], key[1] != "restricted"))
    return [Tally(clause, verdict, rows[clause, verdict]) for clause, verdict in order]
