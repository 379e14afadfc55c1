"""Removing copies: the same text twice, the same text under two labels, almost the same text.

Takes examples in the order of preference: of two copies the first stays. Knows nothing about
splits; removing copies before they are made is what keeps a copy from crossing one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gatewright.training.curation.fingerprints import content_digest, fingerprint
from gatewright.training.curation.likeness import Seen
from gatewright.training.examples import Dropped, Example, Sifted

__all__ = ["drop_exact_duplicates", "drop_near_duplicates"]

_STAGE = "curation"


def drop_exact_duplicates(examples: Sequence[Example]) -> Sifted:
    """Keep one of each text, and none where its copies contradict each other.

    Two texts are the same when they differ in case, spacing or Unicode form only; an exchange is
    the same when its prompt and its response are. Reasons: `exact duplicate` (the detail names the
    survivor's id) and `contradictory labels`, for all copies of a text that one copy calls
    restricted and another permitted under the same rule.
    """
    copies: dict[str, list[Example]] = {}
    digests = [content_digest(example) for example in examples]
    for content, example in zip(digests, examples, strict=True):
        copies.setdefault(content, []).append(example)
    disputed = {content for content, alike in copies.items() if _contradictory(alike)}
    sifted = Sifted([], [])
    survivors: dict[str, Example] = {}
    for content, example in zip(digests, examples, strict=True):
        if content in disputed:
            detail = f"{len(copies[content])} copies disagree"
            sifted.dropped.append(Dropped("contradictory labels", _STAGE, detail, example))
        elif content in survivors:
            detail = f"same as {survivors[content].id}"
            sifted.dropped.append(Dropped("exact duplicate", _STAGE, detail, example))
        else:
            survivors[content] = example
            sifted.kept.append(example)
    return sifted


def drop_near_duplicates(examples: Sequence[Example]) -> Sifted:
    """Keep the first of several almost equal texts of different lineage groups.

    Texts are compared by the Jaccard of their 5-grams, of words or (below 33 words) of characters.
    Of an exchange both the whole and the response must be alike; a response of 33 words or more
    that is the same is enough, whatever the prompts. Siblings of one group all stay. Reasons:
    `near duplicate`, `same response`; the detail names the survivor's id.

    What hashing misses stays: of pairs at Jaccard .7 about half, at .8 one in twelve.
    """
    sifted, seen = Sifted([], []), Seen()
    for example in examples:
        new = fingerprint(example)
        likeness = seen.likeness(new)
        if likeness is None:
            seen.add(new)
            sifted.kept.append(example)
        else:
            detail = f"like {likeness.of.id}"
            sifted.dropped.append(Dropped(likeness.kind, _STAGE, detail, example))
    return sifted


def _contradictory(alike: Iterable[Example]) -> bool:
    said = {(rule, verdict) for example in alike for rule, verdict in example.verdicts.items()}
    return len({rule for rule, _ in said}) < len(said)
