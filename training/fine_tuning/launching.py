"""The accelerator of a training: precision, trackers, and what is recorded of the surroundings.

Takes options; knows nothing about models or data.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from accelerate import Accelerator
from accelerate.tracking import LOGGER_TYPE_TO_CLASS, GeneralTracker, get_available_trackers

from gatewright.errors import EnvironmentProblem, InputError

if TYPE_CHECKING:
    from gatewright.training.fine_tuning.recipe import Precision

__all__ = ["open_accelerator", "surroundings"]


def open_accelerator(
    *,
    mixed_precision: Precision,
    accumulation: int,
    log_with: Sequence[str],
    tracker: GeneralTracker,
    folder: Path,
) -> Accelerator:
    """An accelerator for as many processes as the launcher started; without one, a single one.

    Args:
        log_with: names of accelerate's own trackers.
        tracker: ours, beside them.
        folder: where trackers that write files may do so.

    Raises:
        InputError: there is no such tracker, or no such precision on this machine.
        EnvironmentProblem: a tracker's package is not installed.
    """
    _refuse_unknown_trackers(log_with)
    folder.mkdir(parents=True, exist_ok=True)
    return Accelerator(
        mixed_precision=_precision(mixed_precision),
        gradient_accumulation_steps=accumulation,
        log_with=[*log_with, tracker],
        project_dir=folder,
        # Steps are counted in optimizer steps, whatever the number of processes.
        step_scheduler_with_optimizer=False,
    )


def surroundings(accelerator: Accelerator) -> dict[str, Any]:
    """What else decides the exact numbers: processes, threads, precision, device and versions."""
    return {
        "processes": accelerator.num_processes,
        "threads": torch.get_num_threads(),
        "precision": accelerator.mixed_precision,
        "device": accelerator.device.type,
        "versions": {
            name: version(name) for name in ("accelerate", "peft", "torch", "transformers")
        },
    }


def _precision(wanted: Precision) -> str:
    if wanted == "fp16" and not torch.cuda.is_available():
        raise InputError("mixed_precision is fp16, which needs a GPU; leave it at auto")
    if wanted != "auto":
        return wanted
    if not torch.cuda.is_available():
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def _refuse_unknown_trackers(names: Sequence[str]) -> None:
    installed = {str(name) for name in get_available_trackers()}
    for name in names:
        if name not in LOGGER_TYPE_TO_CLASS:
            known = ", ".join(sorted(LOGGER_TYPE_TO_CLASS))
            raise InputError(f"no tracker {name!r} to log with; accelerate knows {known}")
        if name not in installed:
            raise EnvironmentProblem(
                f"tracker {name!r} is not installed; run: pip install {name.replace('_', '-')}"
            )
