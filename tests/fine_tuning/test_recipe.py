"""The numbers of a training: one place for defaults, all mistakes at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from gatewright.errors import InputError
from gatewright.training.fine_tuning import TrainingResult
from gatewright.training.fine_tuning.command import command
from gatewright.training.fine_tuning.recipe import Numbers, Recipe

Train = Callable[..., TrainingResult]


def test_every_number_can_be_given_and_no_other() -> None:
    assert list(Numbers.__annotations__) == [field.name for field in fields(Recipe)]


def test_the_command_offers_every_number_with_its_default() -> None:
    offered = inspect.signature(command).parameters
    for field in fields(Recipe):
        assert offered[field.name].default == field.default


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Recipe(epochs=0, learning_rate=0.0, lora_dropout=1.0, mixed_precision="int4")  # type: ignore[arg-type]
    told = str(caught.value).splitlines()[1:]
    assert [line.split()[0] for line in told] == [
        "epochs",
        "learning_rate",
        "lora_dropout",
        "mixed_precision",
    ]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"upper_layers": 5}, "upper_layers is 5, but the base model has 4 layers"),
        ({"max_tokens": 128}, "128 tokens are longer than the 64 this base model reads"),
        ({"mixed_precision": "fp16"}, "needs a GPU"),
    ],
)
def test_what_cannot_be_trained_with_is_refused(
    mistake: dict[str, Any], message: str, train: Train, tmp_path: Path
) -> None:
    import torch

    if "mixed_precision" in mistake and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(InputError, match=message):
        train(**mistake)
    assert not (tmp_path / "gate").exists()
