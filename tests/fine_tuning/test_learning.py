"""What a training achieves, and that the gate it writes is the model it trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gatewright.classifiers.bundle import write_bundle
from gatewright.classifiers.scoring import Scorer
from gatewright.training.fine_tuning import TrainingResult, loop, tuning
from gatewright.training.fine_tuning.validation import Standing

Train = Callable[..., TrainingResult]
Curated = Any


def adapter_bytes(gate: Path) -> bytes:
    return (gate / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.mark.parametrize("base", ["bert", "llama"])
def test_it_learns_words_that_decide(
    base: str, train: Train, request: pytest.FixtureRequest
) -> None:
    result = train(base=request.getfixturevalue(base), epochs=6)
    assert result.best.validation_auprc is not None
    assert result.best.validation_auprc > 0.9
    assert result.history[-1].train_loss < result.history[0].train_loss / 2
    assert result.trained_on == 48


@pytest.mark.parametrize("base", ["bert", "llama"])
def test_the_gate_scores_as_the_model_did_in_training(
    base: str,
    train: Train,
    curated: Curated,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    folder = request.getfixturevalue(base)
    items = [example.fields for example in curated.validation] + [{"text": "kill " * 100}]
    seen: list[Any] = []

    def watched(out: Path, model: Any, **rest: Any) -> Any:
        seen.append(Scorer(model, rest["windows"], rest["constitution"].rule_ids).logits(items))
        return write_bundle(out, model, **rest)

    monkeypatch.setattr(tuning, "write_bundle", watched)
    train(base=folder, upper_layers=1)
    loaded = Scorer.load(tmp_path / "gate", base=str(folder))
    np.testing.assert_allclose(loaded.logits(items), seen[0], atol=1e-5)


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones(
    train: Train, tmp_path: Path
) -> None:
    train("one")
    train("two")
    train("three", seed=1)
    one, two, three = (adapter_bytes(tmp_path / name / "gate") for name in ("one", "two", "three"))
    assert one == two
    assert one != three
    assert (tmp_path / "one/gate/gate.json").read_bytes() == (
        tmp_path / "two/gate/gate.json"
    ).read_bytes()


def test_the_gate_holds_the_best_epoch_and_not_the_last(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([0.5, 0.2, 0.9, 0.8, 0.1])
    monkeypatch.setattr(loop, "validate", lambda *_: Standing(next(losses), None))
    result = train(epochs=5, patience=2)
    assert (result.best.number, len(result.history)) == (2, 4)
    assert result.stopped == "no better for 2 epochs"
    written = load_file(tmp_path / "gate/adapter/adapter_model.safetensors")
    second, last = (
        load_file(tmp_path / "checkpoints/epoch-0004" / f"{name}.safetensors")
        for name in ("best", "trainable")
    )
    name = next(name for name in second if name.endswith("lora_B.default.weight"))
    stored = written[name.replace(".default", "")]
    assert torch.equal(stored, second[name])
    assert not torch.equal(stored, last[name])


def test_unreadable_examples_are_counted_and_left_out(train: Train, curated: Curated) -> None:
    empty = replace(curated.train[0], text=" \u200b ", group="empty")
    result = train(train=[*curated.train, empty], epochs=1)
    assert result.left_out == {"empty: no words in the text": 1}
    assert result.trained_on == 48


def test_a_long_example_is_learned_from_in_all_its_windows(train: Train, curated: Curated) -> None:
    long = replace(curated.train[0], text="cat dog " * 60 + "kill", group="long")
    result = train(train=[*curated.train, long], epochs=1, token_budget=64)
    assert result.trained_on == 49
    assert np.isfinite(result.history[0].train_loss)


def test_the_result_is_plain_json(train: Train) -> None:
    result = train(epochs=1)
    told = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert told["best"]["number"] == 1
    assert told["examples_seen"] == 48
    assert told["trainable_parameters"] == result.trainable_parameters > 0
