"""Items to logits, where an item that has none costs no other its own and is counted.

Takes a scorer and items as named texts. Knows nothing about labels, temperatures or metrics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewright.classifiers.reading import Unreadable, WindowedItem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewright.classifiers.scoring import Scorer

__all__ = ["Scored", "score"]

_ITEMS_AT_ONCE = 512


class Scored(NamedTuple):
    """Logits of items, NaN where a gate would be undecided."""

    logits: NDArray[np.float64]
    """(items, rules), uncalibrated, in the order given; a row is finite or all NaN."""
    unscored: dict[int, str]
    """Reason by position, for every row that is NaN."""

    @property
    def finite(self) -> NDArray[np.bool_]:
        """(items,): which items have scores."""
        return np.asarray(np.isfinite(self.logits).all(axis=1))

    @property
    def reasons(self) -> dict[str, int]:
        """How many items have no score, by kind of reason: what stands before its colon."""
        kinds = (reason.partition(":")[0] for reason in self.unscored.values())
        return dict(Counter(kinds).most_common())


def score(scorer: Scorer, items: Sequence[Mapping[str, Any]]) -> Scored:
    """The logits of `items`; one that cannot be read costs no other its score."""
    logits = np.full((len(items), len(scorer.rules)), np.nan)
    unscored: dict[int, str] = {}
    for start in range(0, len(items), _ITEMS_AT_ONCE):
        readable: dict[int, WindowedItem] = {}
        for at, item in enumerate(items[start : start + _ITEMS_AT_ONCE], start):
            try:
                readable[at] = scorer.windows.of(item)
            except Unreadable as reason:
                unscored[at] = str(reason)
        logits[list(readable)] = scorer.logits_of(list(readable.values()))
    for at in np.flatnonzero(~np.isfinite(logits).all(axis=1)).tolist():
        logits[at] = np.nan
        unscored.setdefault(at, "the model gives no finite score")
    return Scored(logits, unscored)
