"""Which examples are worth a judge's time, when not all are.

Knows nothing about judges.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatewright.errors import InputError
from gatewright.training.examples import Example

__all__ = ["choose"]

_SURE = 0.8
"""A writer less sure than this has doubts. Models are rarely modest, so the bar is not low."""


def choose(examples: Sequence[Example], which: str) -> list[Example]:
    """The examples to verify.

    Args:
        which: `all`; a share such as `0.3`, settled by the examples' own digests; or `unsure`,
            those whose writer gave a confidence below .8, or none.

    Raises:
        InputError: it is none of these.
    """
    if which == "all":
        return list(examples)
    if which == "unsure":
        return [each for each in examples if each.source.get("confidence", 0.0) < _SURE]
    try:
        share = float(which)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise InputError(f"{which!r} names no examples; expected all, unsure or a share up to 1")
    return [each for each in examples if int(each.id, 16) / 16 ** len(each.id) < share]
