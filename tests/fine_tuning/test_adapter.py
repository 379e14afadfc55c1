"""What learns and what does not, for encoders, decoders and heads of any name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from gatewright.errors import InputError
from gatewright.training.fine_tuning import TrainingResult
from gatewright.training.fine_tuning.adapter import WindowDropout, attach, drop_out, trainable
from gatewright.training.fine_tuning.stack import find_stack, head_names

Train = Callable[..., TrainingResult]

SMALL = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "pad_token_id": 0,
    "num_labels": 2,
}
MODELS = {
    "BertConfig": (["classifier", "pooler"], "bert.encoder.layer"),
    "RobertaConfig": (["classifier"], "roberta.encoder.layer"),
    "DebertaV2Config": (["classifier", "pooler"], "deberta.encoder.layer"),
    "ModernBertConfig": (["classifier", "head"], "model.layers"),
    "LlamaConfig": (["score"], "model.layers"),
    "GPT2Config": (["score"], "transformer.h"),
    "DistilBertConfig": (["classifier", "pre_classifier"], "distilbert.transformer.layer"),
}


def model_of(name: str) -> Any:
    import transformers

    auto: Any = transformers.AutoModelForSequenceClassification
    return auto.from_config(getattr(transformers, name)(**SMALL))


@pytest.mark.parametrize("name", MODELS)
def test_rows_of_the_output_layer_learn_together_and_nothing_else_does(name: str) -> None:
    adapted = attach(model_of(name), rank=2, alpha=4, dropout=0.0, upper_layers=1)
    tied: set[int] = set()
    for path, module in adapted.named_modules():
        if ".modules_to_save." not in path or not isinstance(module, nn.Linear):
            continue
        module.weight.grad = None
        (module.weight[0] * 3).sum().backward()  # type: ignore[no-untyped-call]
        rows = module.weight.grad
        assert rows is not None
        tied |= {module.out_features} if rows[1].any() else set()
        if rows[1].any():
            assert rows[1].eq(3).all()
            assert rows[0].eq(6).all()
    assert tied == {2}


@pytest.mark.parametrize("name", MODELS)
def test_layers_and_head_are_found_in_any_architecture(name: str) -> None:
    model = model_of(name)
    heads, stack = MODELS[name]
    assert head_names(model) == heads
    assert find_stack(model).name == stack
    adapted = attach(model, rank=2, alpha=4, dropout=0.0, upper_layers=1)
    learning = set(trainable(adapted))
    for head in heads:
        assert any(f".{head}.modules_to_save." in each for each in learning)
    lora = {each for each in learning if ".lora_" in each}
    assert lora
    assert all(f".{stack}.2." in each for each in lora)
    assert learning == lora | {each for each in learning if ".modules_to_save." in each}


def test_all_linear_parts_of_all_layers_learn_unless_told_otherwise() -> None:
    model = model_of("BertConfig")
    linear = sum(isinstance(each, nn.Linear) for each in find_stack(model).layers.modules())
    adapted = attach(model, rank=2, alpha=4, dropout=0.0, upper_layers=None)
    assert sum(".lora_A." in each for each in trainable(adapted)) == linear == 18


def test_more_upper_layers_than_there_are_is_refused() -> None:
    with pytest.raises(InputError, match="upper_layers is 4, but the base model has 3 layers"):
        attach(model_of("BertConfig"), rank=2, alpha=4, dropout=0.0, upper_layers=4)


def test_an_adapter_that_learns_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import peft

    monkeypatch.setattr(peft, "get_peft_model", lambda model, _: model.requires_grad_(False))
    with pytest.raises(InputError, match="has nothing that LoRA could train"):
        attach(model_of("BertConfig"), rank=2, alpha=4, dropout=0.0, upper_layers=None)


def test_an_encoder_decoder_is_refused() -> None:
    import transformers

    config = transformers.BartConfig(
        vocab_size=40,
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
    )
    model = transformers.BartForSequenceClassification(config)
    with pytest.raises(InputError, match="2 stacks of 2 layers, expected one"):
        find_stack(model)


def test_only_the_adapters_dropout_is_ever_on() -> None:
    adapted = attach(model_of("BertConfig"), rank=2, alpha=4, dropout=0.5, upper_layers=None)
    drop_out(adapted, True)
    on = [name for name, each in adapted.named_modules() if each.training]
    assert on
    assert all(".lora_dropout." in name for name in on)
    drop_out(adapted, False)
    assert not any(each.training for each in adapted.modules())


def test_a_feature_is_dropped_in_a_whole_window_and_scaled_elsewhere() -> None:
    torch.manual_seed(0)
    dropout = WindowDropout(0.5)
    dropped = dropout(torch.ones(8, 5, 100))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert dropped.mean().item() == pytest.approx(1, abs=0.2)
    assert not torch.equal(dropped[0], dropped[1])
    assert torch.equal(dropout.eval()(torch.ones(2, 3)), torch.ones(2, 3))


def test_the_stored_adapter_is_plain_peft_and_names_no_path(train: Train, tmp_path: Path) -> None:
    train(epochs=1, upper_layers=1)
    folder = tmp_path / "gate" / "adapter"
    settings = json.loads((folder / "adapter_config.json").read_text())
    assert settings["task_type"] == "SEQ_CLS"
    assert settings["base_model_name_or_path"] == "tiny-bert"
    assert settings["layers_to_transform"] == [3]
    stored = load_file(folder / "adapter_model.safetensors")
    assert {name.split(".")[-2] for name in stored if "lora" not in name} == {"classifier", "dense"}
