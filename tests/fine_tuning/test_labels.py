"""Verdicts as numbers, and the data that nobody should train on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gatewright.errors import InputError, QualityError
from gatewright.training.examples import Example
from gatewright.training.fine_tuning import TrainingResult
from gatewright.training.fine_tuning.labels import class_weights, label

Train = Callable[..., TrainingResult]


def example(verdicts: dict[str, int], text: str = "x") -> Example:
    return Example(text=text, verdicts=verdicts, clause="a/b", group=text)


def test_an_absent_verdict_is_unknown_and_not_permitted() -> None:
    labels = label([example({"a": 1}), example({"a": 0, "b": 0})], ["a", "b"])
    assert labels.restricted.tolist() == [[1, 0], [0, 0]]
    assert labels.known.tolist() == [[True, False], [True, True]]


def test_both_verdicts_of_a_rule_weigh_alike() -> None:
    labels = label([example({"a": 1})] * 2 + [example({"a": 0})] * 6 + [example({})], ["a"])
    weights = class_weights(labels).of(labels)[:, 0]
    assert weights[:2].sum() == pytest.approx(weights[2:8].sum())
    assert weights[8] == 0


def test_weights_are_bounded() -> None:
    labels = label([example({"a": 1})] + [example({"a": 0})] * 999, ["a"])
    weights = class_weights(labels)
    assert weights.restricted[0] == 5
    assert weights.permitted[0] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("verdicts", [{"unheard": 1}, {"a": 2}])
def test_a_verdict_that_does_not_fit_is_refused(verdicts: dict[str, int]) -> None:
    with pytest.raises(InputError, match=r"expected 0 or 1 on a, b"):
        label([example(verdicts)], ["a", "b"])


@pytest.mark.parametrize(("rule", "verdict"), [("harm", 1), ("fraud", 1), ("harm", 0)])
def test_a_rule_with_one_kind_of_example_is_not_trained(
    rule: str, verdict: int, train: Train, curated: Any
) -> None:
    rest = [each for each in curated.train if each.verdicts.get(rule) != verdict]
    counts = r"harm: \d+ restricted, \d+ permitted\n  fraud: \d+ restricted, \d+ permitted"
    with pytest.raises(QualityError, match=counts):
        train(train=rest)


def test_a_rule_without_any_example_is_not_trained(train: Train) -> None:
    with pytest.raises(QualityError, match="harm: 0 restricted, 0 permitted"):
        train(train=[])


def test_a_lineage_group_on_both_sides_is_refused(train: Train, curated: Any) -> None:
    sibling = replace(curated.train[0], text="another wording")
    with pytest.raises(QualityError, match=f"both training and validation .{sibling.group}"):
        train(validation=[*curated.validation, sibling])


@pytest.mark.parametrize("texts", [[], ["", "\u200b"]])
def test_nothing_readable_to_validate_on_is_refused(texts: list[str], train: Train) -> None:
    with pytest.raises(QualityError, match=f"none of {len(texts)} validation examples"):
        train(validation=[example({"harm": 1}, text) for text in texts])


def test_a_validation_of_one_kind_gives_no_auprc_and_still_an_end(
    train: Train, curated: Any
) -> None:
    permitted = [each for each in curated.validation if not each.restricted]
    result = train(validation=permitted, epochs=2)
    assert result.best.validation_auprc is None
    assert np.isfinite(result.best.validation_loss)
