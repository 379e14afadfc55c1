"""What a gate decided on labelled examples, as sentences.

Takes the figures of `measure`. Knows nothing about how they came about.
"""

from __future__ import annotations

from typing import Any

__all__ = ["decisions_in_words"]


def decisions_in_words(block: dict[str, Any]) -> list[str]:
    """One line per verdict; none for a gate without thresholds."""
    return [
        f"{verdict}: {sum(counts.values()):,}, of these "
        + ", ".join(f"{count:,} {decision}" for decision, count in counts.items())
        for verdict, counts in block.get("decisions", {}).items()
    ]
