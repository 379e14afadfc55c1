"""Checkpoints that are whole or absent, and found again only when every byte is right.

    checkpoints/epoch-0003/
      trainable.safetensors   what learns; the frozen base is not stored again
      best.safetensors        the same parameters as the best epoch left them
      optimizer.bin  scheduler.bin  random_states_N.pkl      by accelerate, read with weights_only
      state.json              epoch, history, fingerprint of data and settings
      manifest.json           sha256 of every other file; written last, then the folder is renamed

Takes an accelerator and plain values. Knows nothing about data or losses. `accelerate` alone loads
a checkpoint with flipped bits or without random states and says nothing; the manifest sees both.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gatewright.artefacts import explained, file_sha256, write_json
from gatewright.errors import ArtefactError, EnvironmentProblem

if TYPE_CHECKING:
    import torch
    from accelerate import Accelerator

__all__ = [
    "Found",
    "copied",
    "hold_only_trainable",
    "load",
    "newest",
    "put",
    "save",
    "verify",
]

_TRAINABLE, _BEST = "trainable.safetensors", "best.safetensors"
_STATE, _MANIFEST = "state.json", "manifest.json"
_KEPT = 2
_COPIES = 5
"""Of the parameters in a checkpoint: now, at their best, two moments of AdamW, and some room."""


class Found(NamedTuple):
    """The checkpoint to go on from, and what was passed over on the way to it."""

    path: Path | None
    state: dict[str, Any]
    skipped: list[str]
    """One sentence for each checkpoint that was damaged or belongs to another training."""


def hold_only_trainable(accelerator: Accelerator, parameters: Mapping[str, torch.Tensor]) -> None:
    """Make the accelerator's saved states hold these parameters in place of the whole model."""
    from safetensors.torch import save_file

    def save(_models: list[Any], weights: list[Any], folder: str) -> None:
        weights.clear()
        if accelerator.is_main_process:
            save_file(copied(parameters), Path(folder) / _TRAINABLE)

    def load(models: list[Any], folder: str) -> None:
        models.clear()
        put(_tensors(Path(folder) / _TRAINABLE), parameters)

    accelerator.register_save_state_pre_hook(save)
    accelerator.register_load_state_pre_hook(load)


def copied(parameters: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The parameters' values as they are now, in main memory."""
    import torch

    return {
        name: torch.clone(each.detach().cpu(), memory_format=torch.contiguous_format)
        for name, each in parameters.items()
    }


def put(values: Mapping[str, torch.Tensor], parameters: Mapping[str, torch.Tensor]) -> None:
    """Give parameters values of the same names and shapes.

    Raises:
        ArtefactError: they are other ones.
    """
    shapes = {name: each.shape for name, each in values.items()}
    if shapes != {name: each.shape for name, each in parameters.items()}:
        raise ArtefactError("a checkpoint holds another model's parameters; run again with --fresh")
    for name, parameter in parameters.items():
        parameter.data.copy_(values[name])


def save(
    folder: Path,
    accelerator: Accelerator,
    *,
    state: Mapping[str, Any],
    best: Mapping[str, torch.Tensor],
) -> None:
    """Write the checkpoint of `state["epoch"]`, and remove all but the newest two.

    Called by every process; the main one writes all but the random states. Processes on several
    machines need a folder that all of them see.

    Raises:
        EnvironmentProblem: the disk is full, or the folder cannot be written to.
    """
    from safetensors import SafetensorError

    final = folder / f"epoch-{state['epoch']:04d}"
    staged = folder / f".{final.name}.tmp"
    try:
        if accelerator.is_main_process:
            shutil.rmtree(staged, ignore_errors=True)
            staged.mkdir(parents=True)
            _refuse_full_disk(staged, best)
        accelerator.wait_for_everyone()
        accelerator.save_state(str(staged))
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            _complete(staged, final, state, best)
            _prune(folder, final)
    except OSError as error:
        raise explained(error, final) from error
    except SafetensorError as error:
        raise EnvironmentProblem(f"checkpoint {final} cannot be written: {error}") from error
    accelerator.wait_for_everyone()


def newest(folder: Path, fingerprint: str) -> Found:
    """The newest whole checkpoint of the training with this fingerprint."""
    skipped = []
    for path in sorted(folder.glob("epoch-*"), reverse=True):
        try:
            state = verify(path)
        except ArtefactError as error:
            skipped.append(f"{error}; passed over")
            continue
        if state.get("fingerprint") == fingerprint:
            return Found(path, state, skipped)
        skipped.append(f"{path} belongs to a training with other data or settings; passed over")
    return Found(None, {}, skipped)


def verify(path: Path) -> dict[str, Any]:
    """The state of a checkpoint, once all its files are found to be those it was written with.

    Raises:
        ArtefactError: a file is missing, foreign, or has changed.
    """
    expected = _json(path / _MANIFEST)
    present = {file.name for file in path.iterdir()} - {_MANIFEST}
    if present != expected.keys():
        odd = ", ".join(sorted(present ^ expected.keys()))
        raise ArtefactError(f"checkpoint {path} is damaged: {odd} missing or foreign")
    for name, sha256 in expected.items():
        if file_sha256(path / name) != sha256:
            raise ArtefactError(f"checkpoint {path} is damaged: {name} has changed")
    return _json(path / _STATE)


def load(path: Path, accelerator: Accelerator) -> dict[str, torch.Tensor]:
    """Put a verified checkpoint's state into everything the accelerator prepared.

    Returns:
        The parameters of the best epoch so far.
    """
    accelerator.load_state(str(path))
    return _tensors(path / _BEST)


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(path)


def _complete(
    staged: Path, final: Path, state: Mapping[str, Any], best: Mapping[str, torch.Tensor]
) -> None:
    from safetensors.torch import save_file

    save_file(dict(best), staged / _BEST)
    write_json(staged / _STATE, state)
    files = sorted(staged.iterdir())
    for file in files:
        _sync(file)
    write_json(staged / _MANIFEST, {file.name: file_sha256(file) for file in files})
    shutil.rmtree(final, ignore_errors=True)
    os.replace(staged, final)
    _sync(final.parent)


def _refuse_full_disk(folder: Path, parameters: Mapping[str, torch.Tensor]) -> None:
    """Ask before writing: torch leaves half a file, and an error that names no cause."""
    need = _COPIES * sum(each.numel() * each.element_size() for each in parameters.values())
    free = shutil.disk_usage(folder).free
    if free < need:
        raise EnvironmentProblem(
            f"no space left for a checkpoint in {folder.parent}: it needs {need:,} bytes, "
            f"{free:,} are free; free some and run again"
        )


def _prune(folder: Path, newest: Path) -> None:
    """Later epochs than the newest are of a former training: passed over before, of no use now."""
    earlier = sorted(path for path in folder.glob("epoch-*") if path.name <= newest.name)
    for path in set(folder.glob("epoch-*")) - set(earlier[-_KEPT:]):
        shutil.rmtree(path, ignore_errors=True)


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtefactError(f"checkpoint {path.parent} is damaged: {path.name}: {error}") from error
    if not isinstance(value, dict):
        raise ArtefactError(f"checkpoint {path.parent} is damaged: {path.name} is not an object")
    return value


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
