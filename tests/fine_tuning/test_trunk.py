"""Frozen layers computed once: the same logits, the same learning, and honest about memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file

from gatewright.classifiers.bases import load_classifier, load_tokenizer, resolve_base
from gatewright.classifiers.reading import Windows
from gatewright.training.fine_tuning import TrainingResult
from gatewright.training.fine_tuning.data import prepare
from gatewright.training.fine_tuning.stack import find_stack
from gatewright.training.fine_tuning.tables import Table
from gatewright.training.fine_tuning.trunk import Trunk, remember

Train = Callable[..., TrainingResult]


@pytest.fixture(params=["bert", "llama"])
def base(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(request.param))


@pytest.fixture
def table(base: Path, curated: Any, constitution: Any) -> Table:
    windows = Windows(load_tokenizer(base), "document", 16, 4)
    long = replace(curated.train[0], text="cat dog " * 30)
    data = prepare(
        [*curated.train, long], curated.validation, constitution=constitution, windows=windows
    )
    return data.train


def test_logits_from_what_is_remembered_are_those_from_the_start(base: Path, table: Table) -> None:
    model = load_classifier(resolve_base(base), ["harm", "fraud"])
    trunk = Trunk(model, find_stack(model).below(1))
    kept = remember(trunk, table, Accelerator(), width=32, token_budget=100)
    assert len(kept) == len(table.windows) > len(table)
    assert [len(each) for each in kept] == [len(window.input_ids) for window in table.windows]
    batch = replace(table, remembered=kept).batch([3, 48, 0])
    assert batch.remembered is not None
    with torch.no_grad():
        expected = model(**batch.inputs).logits
        with trunk.replaced():
            trunk.recall(batch.remembered)
            found = model(**batch.inputs).logits
        assert torch.equal(model(**batch.inputs).logits, expected)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_the_lower_layers_do_not_run_while_replaced(base: Path, table: Table) -> None:
    model = load_classifier(resolve_base(base), ["harm", "fraud"])
    layers = find_stack(model).below(1)
    trunk = Trunk(model, layers)
    batch = table.batch([0, 1])
    hidden = trunk.run(batch.inputs)
    for layer in layers:
        for weights in layer.parameters():
            weights.data.fill_(torch.nan)
    with torch.no_grad(), trunk.replaced():
        trunk.recall(hidden)
        assert model(**batch.inputs).logits.isfinite().all()


def test_learning_is_the_same_with_and_without(base: Path, train: Train, tmp_path: Path) -> None:
    settings = {"base": base, "upper_layers": 1, "lora_dropout": 0.0}
    remembered = train("with", **settings)
    afresh = train("without", **settings, trunk_bytes=0)
    assert remembered.remembered_layers == len(_layers(base)) - 1
    assert afresh.remembered_layers == 0
    one, two = (
        load_file(tmp_path / name / "gate/adapter/adapter_model.safetensors")
        for name in ("with", "without")
    )
    for name in one:
        torch.testing.assert_close(one[name], two[name], atol=1e-4, rtol=0)


def test_what_does_not_fit_is_said_and_computed_afresh(
    train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train(upper_layers=2, epochs=1, trunk_bytes=1000)
    assert result.remembered_layers == 0
    assert "more than the 1,000 granted" in capsys.readouterr().err


def test_layers_that_cannot_be_replaced_are_said_and_computed_afresh(
    train: Train, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trunk, "faithful", lambda *_: False)
    result = train(upper_layers=2, epochs=1)
    assert result.remembered_layers == 0
    assert "cannot be replaced" in capsys.readouterr().err


def _layers(base: Path) -> Any:
    return find_stack(load_classifier(resolve_base(base), ["harm", "fraud"])).layers
