"""Max over windows, masked verdicts, and the stop at what is not finite."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gatewright.errors import QualityError
from gatewright.training.fine_tuning import TrainingResult, epochs, loop
from gatewright.training.fine_tuning.loss import pool, summed_loss

Train = Callable[..., TrainingResult]


def test_an_item_has_the_highest_logit_of_its_windows_rule_by_rule() -> None:
    logits = torch.tensor([[1.0, -5.0], [-2.0, 3.0], [0.0, 0.0]])
    pooled = pool(logits, torch.tensor([0, 0, 1]), 2)
    assert pooled.tolist() == [[1.0, 3.0], [0.0, 0.0]]


def test_only_the_highest_window_learns() -> None:
    logits = torch.tensor([[1.0], [2.0]], requires_grad=True)
    torch.autograd.backward(pool(logits, torch.tensor([0, 0]), 1).sum())
    assert logits.grad is not None
    assert logits.grad.flatten().tolist() == [0.0, 1.0]


def test_a_window_that_cannot_be_scored_is_not_outvoted() -> None:
    logits = torch.tensor([[math.nan], [2.0]])
    assert pool(logits, torch.tensor([0, 0]), 1).isnan().all()


def test_an_unknown_verdict_adds_nothing_and_no_gradient() -> None:
    logits = torch.tensor([[3.0, -4.0]], requires_grad=True)
    restricted, weights = torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 0.0]])
    loss = summed_loss(logits, restricted, weights)
    torch.autograd.backward(loss)
    assert loss.item() == pytest.approx(2 * math.log1p(math.exp(-3)))
    assert logits.grad is not None
    assert logits.grad[0, 0] < 0
    assert logits.grad[0, 1] == 0


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_and_names_the_examples(
    odd: float, train: Train, curated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def poisoned(*tensors: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return summed_loss(*tensors) * (odd if calls == 8 else 1)

    monkeypatch.setattr(epochs, "summed_loss", poisoned)
    with pytest.raises(QualityError, match="the loss became") as caught:
        train()
    assert calls == 8
    ids = {example.id for example in curated.train}
    named = str(caught.value).partition("examples ")[2].partition(";")[0].split(", ")
    assert named
    assert set(named) <= ids
    state = json.loads((tmp_path / "checkpoints/epoch-0001/state.json").read_text())
    assert state["epoch"] == 1
    assert not (tmp_path / "gate").exists()


def test_a_gradient_that_is_not_finite_stops_too(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exploding(*tensors: torch.Tensor) -> torch.Tensor:
        loss: Any = summed_loss(*tensors)
        loss.register_hook(lambda gradient: gradient * math.inf)
        return torch.as_tensor(loss)

    monkeypatch.setattr(epochs, "summed_loss", exploding)
    with pytest.raises(QualityError, match="the gradient became"):
        train()


def test_a_score_that_is_not_finite_stops_at_validation(
    train: Train, curated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(logits: torch.Tensor, *rest: Any) -> torch.Tensor:
        return pool(logits, *rest) * math.inf

    monkeypatch.setattr(loop, "learn", lambda *_: 0.0)
    monkeypatch.setattr(epochs, "pool", overflow)
    with pytest.raises(QualityError, match="no finite score") as caught:
        train()
    assert any(example.id in str(caught.value) for example in curated.validation)
