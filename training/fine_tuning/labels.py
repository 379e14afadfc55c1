"""Verdicts as a matrix: which are known, how much each counts, and whether they can be learned.

Takes examples and rule ids; knows nothing about tokens or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewright.errors import InputError, QualityError
from gatewright.training.examples import Example

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ClassWeights", "Labels", "class_weights", "label", "refuse_leakage", "refuse_one_sided"]

_LARGEST_WEIGHT = 5.0


class Labels(NamedTuple):
    """Verdicts of n examples by r rules."""

    restricted: NDArray[np.float32]
    """(n, r): 1 restricted, 0 permitted or unknown."""
    known: NDArray[np.bool_]
    """(n, r)."""


class ClassWeights(NamedTuple):
    """How much one verdict counts in the loss, by rule."""

    restricted: NDArray[np.float32]
    permitted: NDArray[np.float32]

    def of(self, labels: Labels) -> NDArray[np.float32]:
        """(n, r) weights, 0 where the verdict is unknown."""
        weights = np.where(labels.restricted == 1, self.restricted, self.permitted)
        return np.asarray(weights * labels.known, dtype=np.float32)


def label(examples: Sequence[Example], rules: Sequence[str]) -> Labels:
    """The verdicts of examples, one column for each rule.

    Raises:
        InputError: an example has a verdict on a rule the constitution does not have.
    """
    column = {rule: at for at, rule in enumerate(rules)}
    restricted = np.zeros((len(examples), len(rules)), dtype=np.float32)
    known = np.zeros((len(examples), len(rules)), dtype=np.bool_)
    for row, example in enumerate(examples):
        for rule, verdict in example.verdicts.items():
            if rule not in column or verdict not in (0, 1):
                raise InputError(
                    f"example {example.id} has verdict {verdict!r} on {rule!r}; expected 0 or 1 on "
                    f"{', '.join(rules)}. Curate the examples again with this constitution"
                )
            restricted[row, column[rule]] = verdict
            known[row, column[rule]] = True
    return Labels(restricted, known)


def class_weights(labels: Labels) -> ClassWeights:
    """Weights that make both verdicts of a rule count alike: known / (2 count), at most 5 and at
    least 1/5, lest a handful of examples drown the rest."""
    known = labels.known.sum(axis=0)
    restricted = labels.restricted.sum(axis=0)
    return ClassWeights(_balanced(known, restricted), _balanced(known, known - restricted))


def refuse_one_sided(labels: Labels, rules: Sequence[str]) -> None:
    """Raise unless every rule has something to learn its line from.

    Raises:
        QualityError: with the counts of every rule, when one has no restricted or no permitted
            example.
    """
    restricted = labels.restricted.sum(axis=0).astype(int)
    permitted = labels.known.sum(axis=0) - restricted
    if min(*restricted, *permitted) > 0:
        return
    counts = "\n".join(
        f"  {rule}: {many} restricted, {few} permitted"
        for rule, many, few in zip(rules, restricted, permitted, strict=True)
    )
    raise QualityError(
        "a rule can only be learned from both restricted and permitted examples; the training set "
        f"holds\n{counts}\nSynthesize more examples of what is missing, and curate again"
    )


def refuse_leakage(train: Sequence[Example], validation: Sequence[Example]) -> None:
    """Raise when a lineage group is on both sides: its validation would flatter the training.

    Raises:
        QualityError: naming some of the groups.
    """
    shared = sorted({each.group for each in train} & {each.group for each in validation})
    if shared:
        some = ", ".join(shared[:3])
        raise QualityError(
            f"{len(shared)} lineage groups are in both training and validation ({some}); split "
            "them by group: gatewright curate"
        )


def _balanced(known: NDArray[np.int64], count: NDArray[np.float32]) -> NDArray[np.float32]:
    weights = known / np.maximum(2 * count, 1)
    return np.asarray(np.clip(weights, 1 / _LARGEST_WEIGHT, _LARGEST_WEIGHT), dtype=np.float32)
