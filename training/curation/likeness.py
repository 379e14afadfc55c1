"""Finding, among the examples seen so far, one that a new example is a copy of.

Candidates by locality-sensitive hashing of MinHashes (Broder 1997; `rensa`), each confirmed by the
exact Jaccard of its shingles. Knows nothing about labels or splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from gatewright.training.curation.fingerprints import (
    BANDS,
    ROWS,
    Fingerprint,
    Grain,
    jaccard,
    shingles,
)
from gatewright.training.examples import Example

__all__ = ["SIMILAR", "Likeness", "Seen"]

SIMILAR = 0.7
"""Jaccard of shingles from which two texts are near-duplicates."""

_GRAINS: tuple[Grain, ...] = ("words", "characters")


class Likeness(NamedTuple):
    """Why two examples of different groups are too alike to count as two."""

    kind: Literal["near duplicate", "same response"]
    of: Example


class Seen:
    """An index of examples that are known, asked about examples that are new."""

    def __init__(self) -> None:
        from rensa import RMinHashLSH

        self._known: list[Fingerprint] = []
        self._responses: dict[str, list[Example]] = {}
        self._index = {
            grain: RMinHashLSH(threshold=SIMILAR, num_perm=BANDS * ROWS, num_bands=BANDS)
            for grain in _GRAINS
        }

    def add(self, new: Fingerprint) -> None:
        """Make an example known."""
        for grain, signature in new.signatures.items():
            self._index[grain].insert(len(self._known), signature)
        self._known.append(new)
        if new.long_response is not None:
            self._responses.setdefault(new.long_response, []).append(new.example)

    def likeness(self, new: Fingerprint) -> Likeness | None:
        """The first known example of another group that `new` is a copy of, if there is one.

        Siblings of its own group never count: the twins of a boundary pair are alike on purpose.
        """
        for known in self._candidates(new):
            if known.example.group != new.example.group and _near(known, new):
                return Likeness("near duplicate", known.example)
        for example in self._responses.get(new.long_response or "", ()):
            if example.group != new.example.group:
                return Likeness("same response", example)
        return None

    def _candidates(self, new: Fingerprint) -> Iterator[Fingerprint]:
        found: set[int] = set()
        for grain, signature in new.signatures.items():
            found.update(self._index[grain].query(signature))
        return (self._known[at] for at in sorted(found))


def _near(left: Fingerprint, right: Fingerprint) -> bool:
    shared = left.signatures.keys() & right.signatures.keys()
    alike = any(_alike(left.text, right.text, grain) for grain in shared)
    if left.response is None or right.response is None:
        return alike
    # One long prompt with two answers is two exchanges: what is judged is the response.
    return alike and _alike(left.response, right.response, "characters")


def _alike(left: str, right: str, grain: Grain) -> bool:
    return jaccard(shingles(left, grain), shingles(right, grain)) >= SIMILAR
