"""Examples made ready to learn from: checked, read through the gate's windows, weighted.

Takes examples, a constitution and windows. Knows nothing about models or processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from gatewright.artefacts import digest
from gatewright.errors import QualityError
from gatewright.training.examples import Example
from gatewright.training.fine_tuning.labels import (
    class_weights,
    label,
    refuse_leakage,
    refuse_one_sided,
)
from gatewright.training.fine_tuning.tables import Table, read, tabulate

if TYPE_CHECKING:
    from gatewright.classifiers.reading import Windows
    from gatewright.constitution.records import Constitution

__all__ = ["Data", "prepare"]


class Data(NamedTuple):
    """Both sides of a training."""

    train: Table
    validation: Table
    rules: tuple[str, ...]
    """In the order of the labels' columns."""
    left_out: Counter[str]
    """Examples of either side that could not be read, by reason."""
    digest: str
    """Of all contents and verdicts, in order, and of the constitution."""


def prepare(
    train: Sequence[Example],
    validation: Sequence[Example],
    *,
    constitution: Constitution,
    windows: Windows,
) -> Data:
    """Read and weigh both sides; validation is weighed with the training's class weights.

    Raises:
        QualityError: a rule has only one kind of example, a lineage group is on both sides, or
            there is nothing to validate on.
        InputError: an example has a verdict on a rule the constitution does not have.
    """
    refuse_leakage(train, validation)
    rules = constitution.rule_ids
    learned, held_out = read(train, windows), read(validation, windows)
    labels = label(learned.examples, rules)
    refuse_one_sided(labels, rules)
    if not held_out.examples:
        raise QualityError(
            f"none of {len(validation)} validation examples can be read; without any, nothing says "
            "when to stop. Synthesize more examples, and curate again"
        )
    weights = class_weights(labels)
    return Data(
        tabulate(learned, labels, weights, windows.tokenizer),
        tabulate(held_out, label(held_out.examples, rules), weights, windows.tokenizer),
        rules,
        learned.left_out + held_out.left_out,
        _digest(learned.examples, held_out.examples, constitution),
    )


def _digest(
    train: Sequence[Example], validation: Sequence[Example], constitution: Constitution
) -> str:
    sides = [[[each.id, dict(each.verdicts)] for each in side] for side in (train, validation)]
    return digest([constitution.digest, *sides])
