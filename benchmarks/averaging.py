"""The mean of figures over the seeds a gate was trained with.

One training more or less lucky moves a figure by more than many a difference worth knowing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

__all__ = ["over_seeds"]


def over_seeds(seeds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested figures {..: {"value": x, ..}}, one mapping a seed, as one such mapping.

    Each `value` is the mean, with `by_seed` beside it; bounds and counts, which hold for a single
    gate, are dropped. A single seed's figures stay as they are.
    """
    first = seeds[0]
    if len(seeds) == 1:
        return dict(first)
    if "value" not in first:
        return {name: over_seeds([each[name] for each in seeds]) for name in first}
    values = [each["value"] for each in seeds]
    return {"value": None if None in values else fmean(values), "by_seed": values}
