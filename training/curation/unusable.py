"""Removing what no later stage could use: no label, no text, or text that is not Unicode.

Takes examples from any origin. Knows nothing about copies or balance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gatewright.training.curation.fingerprints import canonical
from gatewright.training.examples import Dropped, Example, Sifted

__all__ = ["drop_unusable"]


def drop_unusable(examples: Sequence[Example]) -> Sifted:
    """Keep examples that have a verdict and whose every text can be read and stored.

    Reasons: `no verdict`, `no text` (none, or one that is blank once invisible characters are
    gone), `not Unicode` (a lone surrogate, shown as `?` in the dropped record).
    """
    sifted = Sifted([], [])
    for example in examples:
        reason = _reason(example)
        if reason is None:
            sifted.kept.append(example)
        else:
            sifted.dropped.append(Dropped(reason, "curation", example=_storable(example)))
    return sifted


def _reason(example: Example) -> str | None:
    if not example.verdicts:
        return "no verdict"
    texts = example.fields.values()
    if not texts or not all(canonical(text) for text in texts):
        return "no text"
    if any(_mended(text) != text for text in texts):
        return "not Unicode"
    return None


def _storable(example: Example) -> Example:
    mended = {name: _mended(text) for name, text in example.fields.items()}
    return replace(
        example,
        prompt=mended.get("prompt"),
        response=mended.get("response"),
        text=mended.get("text"),
    )


def _mended(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
