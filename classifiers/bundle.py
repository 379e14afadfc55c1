"""The gate bundle: a folder that is everything a gate needs but its base model, safe to load.

    gate.json  constitution.md  adapter/  tokenizer/  README.md

Takes a trained PEFT model to write one, a folder to read one. Knows nothing about scoring. Every
file is verified by its sha256 before anything reads it; only `README.md` is not, which is made
from the card and read by people alone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gatewright.artefacts import file_sha256, write_json, write_text
from gatewright.classifiers.bases import Base, fresh_parameters, quiet
from gatewright.classifiers.gate_card import BaseCard, Certificate, GateCard, Thresholds
from gatewright.classifiers.model_card import model_card
from gatewright.classifiers.model_files import refuse_remote_code
from gatewright.classifiers.normalising import NORMALISER
from gatewright.errors import ArtefactError

if TYPE_CHECKING:
    from gatewright.classifiers.reading import Windows
    from gatewright.constitution.records import Constitution

__all__ = [
    "BaseCard",
    "Certificate",
    "GateCard",
    "Thresholds",
    "find_bundle",
    "read_bundle",
    "require_fresh_parameters",
    "update_card",
    "write_bundle",
]

_CARD, _README = "gate.json", "README.md"
_PEFT_PREFIX = "base_model.model."
_LARGEST_CARD = 10_000_000
_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".npy", ".npz"}
_FOLDERS_LOADED = ("adapter", "tokenizer")


def write_bundle(
    folder: Path,
    model: Any,
    *,
    windows: Windows,
    constitution: Constitution,
    base: Base,
    training: Mapping[str, Any],
) -> GateCard:
    """Write an uncertified gate; an older one in `folder` is replaced only by a complete new one.

    Args:
        model: a `peft.PeftModel` with one output per rule of `constitution`, in its order.
        windows: how its training read items.
        training: plain values worth knowing about the training, shown in the model card.
    """
    staged = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        _write_files(staged, model, windows, constitution, base)
        card = GateCard(
            name=constitution.name,
            constitution_digest=constitution.digest,
            judges=constitution.judges,
            rules=constitution.rule_ids,
            base=BaseCard(name=base.name, sha256=base.sha256, pooling=base.pooling),
            normaliser=NORMALISER,
            max_tokens=windows.max_tokens,
            stride=windows.stride,
            training=dict(training),
            files=_digests(staged),
        )
        _write_card(staged, card)
        _move_into_place(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return card


def find_bundle(path: Path) -> Path:
    """The bundle at `path`: the folder itself, or `gate/` in it when it is the folder of a run."""
    within = path / "gate"
    return within if (within / _CARD).is_file() and not (path / _CARD).exists() else path


def read_bundle(folder: Path) -> GateCard:
    """The card of a bundle, once every file is found to be the one the card names.

    Raises:
        ArtefactError: a file is missing, changed, foreign or unsafe, or the card is not one.
    """
    card = _read_card(folder)
    for name, expected in card.files.items():
        _verify(folder, name, expected)
    _refuse_strangers(folder, card.files)
    refuse_remote_code(folder / "tokenizer")
    _refuse_adapter_code(folder / "adapter" / "adapter_config.json")
    if card.normaliser != NORMALISER:
        raise ArtefactError(
            f"{folder} was trained with text normaliser {card.normaliser}, this gatewright has "
            f"{NORMALISER}; train the gate again, or install the version that made it"
        )
    return card


def update_card(folder: Path, **changes: Any) -> GateCard:
    """Change fields of a bundle's card (`temperature`, `thresholds`, `training`) and its README.

    Raises:
        ArtefactError: the bundle fails its verification.
    """
    card = read_bundle(folder)
    changed = GateCard.model_validate({**card.model_dump(), **changes})
    _write_card(folder, changed)
    return changed


def _write_files(
    folder: Path, model: Any, windows: Windows, constitution: Constitution, base: Base
) -> None:
    folder.mkdir(parents=True)
    with quiet():
        # False: "auto" would ask the hub what the base model's vocabulary was.
        model.save_pretrained(folder / "adapter", save_embedding_layers=False)
        windows.tokenizer.save_pretrained(folder / "tokenizer")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    _settle_adapter(folder / "adapter" / "adapter_config.json", base)
    require_fresh_parameters(model.get_base_model(), folder / "adapter")
    write_text(folder / "constitution.md", constitution.source)


def require_fresh_parameters(model: Any, adapter: Path) -> None:
    """Raise unless the adapter stores every parameter that the base model did not bring.

    Without them a gate would load, with random numbers in their place.

    Raises:
        ArtefactError: some are missing.
    """
    from safetensors import safe_open

    with safe_open(adapter / "adapter_model.safetensors", framework="pt") as stored:
        saved = {name.removeprefix(_PEFT_PREFIX) for name in stored.keys()}  # noqa: SIM118
    missing = sorted(fresh_parameters(model) - saved)
    if missing:
        raise ArtefactError(
            f"{adapter} does not hold {', '.join(missing)}, which the base model does not hold "
            "either; save these modules with the adapter (modules_to_save)"
        )


def _settle_adapter(settings: Path, base: Base) -> None:
    """No path of this machine, and no order of a Python set, in what is digested."""
    stored = json.loads(settings.read_text(encoding="utf-8"))
    for name in ("target_modules", "modules_to_save"):
        if isinstance(stored.get(name), list):
            stored[name] = sorted(stored[name])
    write_json(settings, {**stored, "base_model_name_or_path": base.name})


def _write_card(folder: Path, card: GateCard) -> None:
    write_text(folder / _README, model_card(card))
    write_json(folder / _CARD, card.model_dump(mode="json"))


def _digests(folder: Path) -> dict[str, str]:
    return {name: file_sha256(folder / name) for name in _files(folder)}


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in (_CARD, _README))


def _move_into_place(staged: Path, folder: Path) -> None:
    former = folder.with_name(f".{folder.name}.{os.getpid()}.former")
    if folder.exists():
        os.replace(folder, former)
    os.replace(staged, folder)
    shutil.rmtree(former, ignore_errors=True)


def _read_card(folder: Path) -> GateCard:
    path = folder / _CARD
    if not path.is_file():
        raise ArtefactError(f"{folder} is not a gate: there is no {_CARD} in it")
    if path.stat().st_size > _LARGEST_CARD:
        raise ArtefactError(
            f"{path} is {path.stat().st_size:,} bytes long, too long for a gate's card"
        )
    try:
        return GateCard.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ArtefactError(
            f"{path} is not a card this gatewright reads: {where}: {first['msg']}"
        ) from error


def _verify(folder: Path, name: str, expected: str) -> None:
    path = folder / name
    if not path.is_file():
        raise ArtefactError(f"{path} is missing; the gate names it. Copy the whole folder again")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ArtefactError(f"{path} is a link out of the gate's folder, which is never followed")
    if file_sha256(path) != expected:
        raise ArtefactError(
            f"{path} is not the file the gate was written with (its sha256 differs); copy the gate "
            "again, or train it again"
        )


def _refuse_strangers(folder: Path, known: Iterable[str]) -> None:
    for name in sorted(set(_files(folder)).difference(known)):
        if PurePosixPath(name).suffix.lower() in _PICKLES:
            raise ArtefactError(
                f"{folder / name} could run code when loaded; no gate holds such files"
            )
        if name.startswith(_FOLDERS_LOADED):
            raise ArtefactError(f"{folder / name} does not belong to the gate; remove it")


def _refuse_adapter_code(path: Path) -> None:
    settings = json.loads(path.read_text(encoding="utf-8"))
    # peft imports whatever module these two name.
    imports = settings.get("auto_mapping") or settings.get("megatron_config")
    if imports or settings.get("peft_type") != "LORA":
        raise ArtefactError(f"{path} is not a plain LoRA adapter")
