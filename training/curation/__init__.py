"""From examples as they were written to sets that can be learned from and measured on.

Every step takes examples and returns `Sifted`: what it kept, and what left with the reason.
"""

from __future__ import annotations

from gatewright.training.curation.balancing import balance
from gatewright.training.curation.curating import CuratedSet, curate, load, store
from gatewright.training.curation.duplicates import drop_exact_duplicates, drop_near_duplicates
from gatewright.training.curation.leakage import Overlap, leaks, overlaps
from gatewright.training.curation.splitting import Shares, Split, split
from gatewright.training.curation.tallying import Tally, tally
from gatewright.training.curation.unusable import drop_unusable

__all__ = [
    "CuratedSet",
    "Overlap",
    "Shares",
    "Split",
    "Tally",
    "balance",
    "curate",
    "drop_exact_duplicates",
    "drop_near_duplicates",
    "drop_unusable",
    "leaks",
    "load",
    "overlaps",
    "split",
    "store",
    "tally",
]
