"""Which examples are worth a judge's time, when not all are.

Knows nothing about judges.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatewright.errors import InputError
from gatewright.training.examples import Example
from gatewright.training.verification.label_repair import doubts

__all__ = ["choose"]

_EXPECTED = "all, unsure, doubtful or a share up to 1"
_SURE = 0.8
"""A writer less sure than this has doubts. Models are rarely modest, so the bar is not low."""


def choose(examples: Sequence[Example], which: str) -> list[Example]:
    """The examples to verify.

    Args:
        which: `all`; a share such as `0.3`, settled by the examples' own digests; `unsure`, those
            whose writer gave a confidence below .8, or none; or `doubtful`, those whose label
            surprises a model trained on the others: see `doubts`.

    Raises:
        InputError: it is none of these.
        QualityError: there are too few examples to doubt one another.
    """
    if which == "all":
        return list(examples)
    if which == "unsure":
        return [each for each in examples if each.source.get("confidence", 0.0) < _SURE]
    if which == "doubtful":
        found = doubts(examples)
        return [each for each in examples if found[each.id].finding != "credible"]
    try:
        share = float(which)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise InputError(f"{which!r} names no examples; expected {_EXPECTED}")
    return [each for each in examples if int(each.id, 16) / 16 ** len(each.id) < share]
