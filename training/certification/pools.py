"""The examples a certificate rests on: where they come from, and that none was ever learned from.

Takes a split, or a file of the user's own text. Knows nothing about scores or thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gatewright.artefacts import digest
from gatewright.classifiers.columns import columns_of
from gatewright.constitution.records import FIELDS, Judges
from gatewright.errors import InputError, QualityError
from gatewright.training.curation.fingerprints import content_digest
from gatewright.training.curation.leakage import overlaps
from gatewright.training.curation.splitting import Split
from gatewright.training.evaluation.labelled import read_labelled
from gatewright.training.examples import Example

__all__ = ["Pool", "benign_pool", "certification_pools"]


@dataclass(frozen=True, slots=True)
class Pool:
    """Examples of one verdict."""

    examples: list[Example]
    words: str
    """Where they come from, for the person who reads the certificate."""
    left_out: Mapping[str, int]
    """What was not taken into it, by reason."""

    @property
    def digest(self) -> str:
        """Of its texts and groups, whatever their order."""
        return digest(sorted([each.id, each.group] for each in self.examples))

    def apart_from(self, known: Sequence[Example]) -> Pool:
        """The pool without what overlaps with `known`, which is counted as left out."""
        found = {id(overlap.new) for overlap in overlaps(known, self.examples)}
        apart = [each for each in self.examples if id(each) not in found]
        counts = {"trained on": len(found)} if found else {}
        return replace(self, examples=apart, left_out={**self.left_out, **counts})

    def refuse(self, known: Sequence[Example], *, restricted: bool) -> None:
        """Raise unless every example has that verdict and is none of the known ones.

        Raises:
            InputError: an example has the other verdict.
            QualityError: one shares its group with, or is a near-duplicate of, a known example.
        """
        if any(each.restricted != restricted for each in self.examples):
            word = "restricted" if restricted else "permitted"
            raise InputError(f"{self.words}: not every example is {word}")
        found = overlaps(known, self.examples)
        if found:
            kinds = ", ".join(sorted({overlap.kind for overlap in found}))
            raise QualityError(
                f"{len(found)} of {len(self.examples)} examples of the pool ({self.words}) were "
                f"trained on ({kinds}), for one {found[0].new.id}; a certificate takes examples "
                "the gate has never seen. Curate again, or take them out"
            )


def certification_pools(split: Split) -> tuple[Pool, Pool]:
    """The permitted and the restricted examples of the certification split."""
    benign = [each for each in split.certification if not each.restricted]
    restricted = [each for each in split.certification if each.restricted]
    return (
        Pool(benign, "permitted examples of the certification split", {}),
        Pool(restricted, "restricted examples of the certification split", {}),
    )


def benign_pool(
    path: Path,
    *,
    judges: Judges,
    rules: Sequence[str],
    text: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
) -> Pool:
    """Every row of a file of the user's own, taken for permitted.

    Rows that differ in case, spacing or Unicode form only share a group, and count as one.

    Args:
        judges, rules: of the gate.
        text, prompt, response: columns; see `gatewright.classifiers.columns.columns_of`.

    Raises:
        InputError: the file or a column cannot be found.
        QualityError: no row is usable.
    """
    columns = columns_of(FIELDS[judges], text=text, prompt=prompt, response=response)
    read = read_labelled(path, columns)
    examples = [_permitted(item, rules) for item in read.items]
    return Pool(examples, f"{len(examples):,} rows of {path.name}", read.rejected)


def _permitted(item: Mapping[str, str], rules: Sequence[str]) -> Example:
    verdicts = dict.fromkeys(rules, 0)
    fields: dict[str, Any] = dict(item)
    example = Example(verdicts=verdicts, clause="", group="", origin="real", **fields)
    return replace(example, group=f"text-{content_digest(example)[:16]}")
