"""What two texts have in common: canonical form, shingles, and the MinHash of an example.

Takes text and examples. Knows nothing about labels, groups or what happens to copies.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gatewright.artefacts import digest
from gatewright.classifiers.normalising import normalise
from gatewright.training.examples import Example

if TYPE_CHECKING:
    from rensa import RMinHash

__all__ = [
    "BANDS",
    "ROWS",
    "Fingerprint",
    "Grain",
    "canonical",
    "content_digest",
    "fingerprint",
    "jaccard",
    "shingles",
]

Grain = Literal["words", "characters"]
"""What a text is cut into: runs of five words, or runs of five characters."""

BANDS, ROWS = 14, 8
"""Two texts become candidates when the MinHashes of one band of eight agree: with probability
1 - (1 - J^8)^14, that is 11 % at Jaccard .55, half at .685, 92 % at .8, all but certain at .9."""

_RUN = 5
_SEED = 0
_CHARACTERS_BELOW = 33
"""From so many words on, one changed word leaves the Jaccard of word 5-grams above .7."""
_WORDS_ABOVE = 48
"""A text of more words is too long to be a near-duplicate of one that has characters only."""


def canonical(text: str) -> str:
    """`text` as the classifier reads it, caseless, with runs of white space as one space."""
    caseless = unicodedata.normalize("NFKC", normalise(text).casefold())
    return " ".join(caseless.split())


def content_digest(example: Example) -> str:
    """Equal for examples that differ in case, spacing or Unicode form only (64 hex digits)."""
    return digest({name: canonical(text) for name, text in example.fields.items()})


def shingles(text: str, grain: Grain) -> set[str]:
    """The 5-grams of a canonical text; a shorter text is its own only shingle."""
    if grain == "characters":
        return {text[start : start + _RUN] for start in range(max(1, len(text) - _RUN + 1))}
    words = text.split(" ")
    starts = range(max(1, len(words) - _RUN + 1))
    return {" ".join(words[start : start + _RUN]) for start in starts}


def jaccard(left: set[str], right: set[str]) -> float:
    """Shared shingles over all shingles of both, in [0, 1]."""
    return len(left & right) / len(left | right)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """An example made ready for comparison."""

    example: Example
    text: str
    """All judged texts in canonical form, in reading order."""
    response: str | None
    """The canonical response, of an exchange."""
    signatures: dict[Grain, RMinHash]

    @property
    def long_response(self) -> str | None:
        """The response, if it is long enough to be recognised by itself."""
        words = 0 if self.response is None else self.response.count(" ") + 1
        return self.response if words >= _CHARACTERS_BELOW else None


def fingerprint(example: Example) -> Fingerprint:
    """Cut, hash and sign an example's texts (an exchange's prompt and response together)."""
    from rensa import RMinHash

    text = " ".join(canonical(each) for each in example.fields.values())
    signatures: dict[Grain, RMinHash] = {}
    for grain in _grains(text):
        signature = RMinHash(num_perm=BANDS * ROWS, seed=_SEED)
        signature.update(list(shingles(text, grain)))
        signatures[grain] = signature
    exchange = example.prompt is not None and example.response is not None
    response = canonical(example.response or "") if exchange else None
    return Fingerprint(example, text, response, signatures)


def _grains(text: str) -> Iterator[Grain]:
    """Texts of middling length are signed both ways, so that no pair falls between the two."""
    words = text.count(" ") + 1
    if words >= _CHARACTERS_BELOW:
        yield "words"
    if words <= _WORDS_ABOVE:
        yield "characters"
