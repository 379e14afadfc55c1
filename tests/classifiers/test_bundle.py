"""A bundle is what its card says, or it is refused before anything of it is loaded."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatewright.classifiers.bundle import read_bundle, update_card, write_bundle
from gatewright.classifiers.gate_card import GateCard, Thresholds
from gatewright.errors import ArtefactError


def rewrite(folder: Path, **changes: Any) -> None:
    path = folder / "gate.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_bundle_names_all_its_files(bundle: Path) -> None:
    card = read_bundle(bundle)
    assert sorted(card.files) == [
        "adapter/adapter_config.json",
        "adapter/adapter_model.safetensors",
        "constitution.md",
        "tokenizer/tokenizer.json",
        "tokenizer/tokenizer_config.json",
    ]
    assert (card.rules, card.temperature, card.thresholds) == (("harassment", "fraud"), 1.0, None)
    assert card.base.name == "tiny-bert"


def test_nothing_in_it_names_a_path_of_this_machine(bundle: Path, base_folder: Path) -> None:
    for path in bundle.rglob("*"):
        if path.is_file():
            assert str(base_folder.parent).encode() not in path.read_bytes(), path


def test_the_digest_is_of_the_content(bundle: Path, thresholds: Callable[..., Thresholds]) -> None:
    first = read_bundle(bundle)
    assert first.digest == GateCard.model_validate_json((bundle / "gate.json").read_bytes()).digest
    rewrite(bundle, name=first.name)  # other white space, same card
    assert read_bundle(bundle).digest == first.digest
    second = update_card(bundle, thresholds=thresholds(0.9, None))
    assert second.digest != first.digest
    assert read_bundle(bundle) == second
    assert "Dropped above 0.9000" in (bundle / "README.md").read_text()


@pytest.mark.parametrize("changes", [{"temperature": 0.0}, {"thresholds": {"drop": 0.5}}])
def test_a_card_is_only_changed_into_a_card(bundle: Path, changes: dict[str, Any]) -> None:
    before = (bundle / "gate.json").read_bytes()
    with pytest.raises(ValueError, match="validation error"):
        update_card(bundle, **changes)
    assert (bundle / "gate.json").read_bytes() == before


@pytest.mark.parametrize(
    "name",
    [
        "constitution.md",
        "adapter/adapter_model.safetensors",
        "adapter/adapter_config.json",
        "tokenizer/tokenizer.json",
    ],
)
def test_one_flipped_bit_is_noticed(bundle: Path, name: str) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(content)
    with pytest.raises(ArtefactError, match="sha256 differs"):
        read_bundle(bundle)
    (bundle / name).unlink()
    with pytest.raises(ArtefactError, match="missing"):
        read_bundle(bundle)


@pytest.mark.parametrize(
    "name", ["adapter/adapter_model.bin", "tokenizer/added.pkl", "optimizer.PT", "merged/x.joblib"]
)
def test_pickles_are_refused(bundle: Path, name: str) -> None:
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_bytes(b"")
    with pytest.raises(ArtefactError, match="could run code"):
        read_bundle(bundle)


def test_a_file_slipped_in_is_refused_and_one_beside_is_not(bundle: Path) -> None:
    (bundle / "notes.txt").write_text("mine")
    read_bundle(bundle)
    (bundle / "tokenizer" / "added_tokens.json").write_text("{}")
    with pytest.raises(ArtefactError, match="does not belong"):
        read_bundle(bundle)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../secret",
        "adapter/../../secret",
        "a//b",
        "C:\\secret",
        "",
        "./x",
        "a/.hidden",
    ],
)
def test_paths_out_of_the_bundle_are_refused(bundle: Path, name: str) -> None:
    card = json.loads((bundle / "gate.json").read_text())
    rewrite(bundle, files={**card["files"], name: "0" * 64})
    with pytest.raises(ArtefactError, match="not a plain path"):
        read_bundle(bundle)


def test_links_out_of_the_bundle_are_refused(bundle: Path) -> None:
    original = bundle / "constitution.md"
    outside = shutil.move(original, bundle.parent / "outside.md")
    os.symlink(outside, original)
    with pytest.raises(ArtefactError, match="link out of"):
        read_bundle(bundle)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"surprise": 1},
        {"rules": []},
        {"rules": ["a", "a"]},
        {"temperature": -1},
        {"temperature": float("nan")},
        {"judges": "everything"},
        {"max_tokens": 10**9},
        {"base": {"name": "/home/me/model", "sha256": "0" * 64}},
        {"base": {"name": "../model", "sha256": "0" * 64}},
    ],
    ids=str,
)
def test_cards_of_another_kind_are_refused(bundle: Path, changes: dict[str, Any]) -> None:
    rewrite(bundle, **changes)
    with pytest.raises(ArtefactError, match="not a card this gatewright reads"):
        read_bundle(bundle)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_cards_that_are_no_json_are_refused(bundle: Path, content: bytes) -> None:
    (bundle / "gate.json").write_bytes(content)
    with pytest.raises(ArtefactError, match="not a card"):
        read_bundle(bundle)


def test_a_card_of_another_normaliser_is_refused(bundle: Path) -> None:
    rewrite(bundle, normaliser=0)
    with pytest.raises(ArtefactError, match="normaliser 0"):
        read_bundle(bundle)


def test_a_folder_without_a_card_is_no_gate(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"there is no gate\.json"):
        read_bundle(tmp_path)


def resealed(folder: Path, name: str, **changes: Any) -> None:
    """As one who knows the format would forge a file."""
    from gatewright.artefacts import file_sha256

    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    card = json.loads((folder / "gate.json").read_text())
    rewrite(folder, files={**card["files"], name: file_sha256(path)})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("tokenizer/tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.py", None]}}),
        ("tokenizer/tokenizer_config.json", {"nested": [{"trust_remote_code": True}]}),
        ("adapter/adapter_config.json", {"auto_mapping": {"parent_library": "evil"}}),
        ("adapter/adapter_config.json", {"megatron_config": {"a": 1}}),
        ("adapter/adapter_config.json", {"peft_type": "PROMPT_TUNING"}),
    ],
)
def test_code_of_its_own_is_refused(bundle: Path, name: str, changes: dict[str, Any]) -> None:
    resealed(bundle, name, **changes)
    with pytest.raises(ArtefactError, match=r"code of its own|not a plain LoRA"):
        read_bundle(bundle)


def test_an_older_gate_stays_when_writing_a_new_one_fails(bundle: Path) -> None:
    class Fails:
        def save_pretrained(self, *_: Any, **__: Any) -> None:
            raise OSError("disk")

    before = read_bundle(bundle)
    with pytest.raises(OSError, match="disk"):
        write_bundle(bundle, Fails(), windows=None, constitution=None, base=None, training={})  # type: ignore[arg-type]
    assert read_bundle(bundle) == before
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]
