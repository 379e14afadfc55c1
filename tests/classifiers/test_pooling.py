"""Sentence encoders are read by the mean of their tokens, padding left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from gatewright.classifiers.bases import load_classifier, resolve_base
from gatewright.classifiers.model_files import declared_pooling


@pytest.fixture
def declared(base_folder: Path, tmp_path: Path) -> Path:
    """The tiny base, declared to be read by the mean."""
    folder = tmp_path / "sentence-encoder"
    folder.mkdir()
    for path in base_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    return folder


def test_a_folder_says_how_it_is_read(base_folder: Path, declared: Path) -> None:
    assert declared_pooling(base_folder) == "native"
    assert declared_pooling(declared) == "mean"
    assert resolve_base(declared).pooling == "mean"


def test_other_architectures_keep_their_own_way(declared: Path) -> None:
    config = json.loads((declared / "config.json").read_text())
    (declared / "config.json").write_text(json.dumps({**config, "model_type": "roberta"}))
    assert declared_pooling(declared) == "native"


def test_the_classifier_sees_the_mean_over_unpadded_tokens(declared: Path) -> None:
    model: Any = load_classifier(resolve_base(declared), ["a", "b"])
    ids = torch.tensor([[2, 5, 6, 7, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 0, 0]])
    with torch.inference_mode():
        padded = model(input_ids=ids, attention_mask=mask).logits
        alone = model(input_ids=ids[:, :5], attention_mask=mask[:, :5]).logits
        hidden = model.base_model(input_ids=ids[:, :5], attention_mask=mask[:, :5])[0]
        expected = model.classifier(hidden.mean(dim=1))
    assert torch.allclose(padded, alone, atol=1e-6)
    assert torch.allclose(alone, expected, atol=1e-6)
