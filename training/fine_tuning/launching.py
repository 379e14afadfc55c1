"""The accelerator of a training: precision, trackers, and what is recorded of the surroundings.

Takes options; knows nothing about models or data.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from accelerate import Accelerator
from accelerate.tracking import LOGGER_TYPE_TO_CLASS, GeneralTracker, get_available_trackers
from accelerate.utils import DistributedType, GradientAccumulationPlugin

from gatewright.errors import EnvironmentProblem, InputError

if TYPE_CHECKING:
    from gatewright.training.fine_tuning.recipe import Precision, Recipe

__all__ = ["open_accelerator", "surroundings"]

_SHARDED = (DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM)


def open_accelerator(
    recipe: Recipe, log_with: Sequence[str | GeneralTracker], folder: Path
) -> Accelerator:
    """An accelerator for as many processes as the launcher started; without one, a single one.

    Args:
        log_with: trackers, accelerate's own by their names.
        folder: where trackers that write files may do so.

    Raises:
        InputError: there is no such tracker, no such precision on this machine, or accelerate is
            configured to shard the model.
        EnvironmentProblem: a tracker's package is not installed, or the launcher's processes do
            not find each other.
    """
    _refuse_unknown_trackers([name for name in log_with if isinstance(name, str)])
    folder.mkdir(parents=True, exist_ok=True)
    started = int(os.environ.get("WORLD_SIZE", "1"))
    accelerator = Accelerator(
        # Unless told, accelerate takes no notice of a launcher on a machine without a GPU: every
        # process would train alone, and write over the others' gate.
        cpu=started > 1 and not torch.accelerator.is_available(),
        mixed_precision=_precision(recipe.mixed_precision),
        # A plugin, for a plain number gives way to the launcher's environment.
        gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=recipe.accumulation),
        log_with=list(log_with),
        project_dir=folder,
        # Steps are counted in optimizer steps, whatever the number of processes.
        step_scheduler_with_optimizer=False,
    )
    if accelerator.distributed_type in _SHARDED:
        raise InputError(
            f"accelerate is configured for {accelerator.distributed_type.value}, which shards the "
            "model; only plain data parallelism is supported: launch with torchrun, or see "
            "`accelerate config`"
        )
    if accelerator.num_processes != started:
        raise EnvironmentProblem(
            f"the launcher started {started} processes, but accelerate joins "
            f"{accelerator.num_processes} of them; look at `accelerate env`"
        )
    return accelerator


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


def _precision(wanted: Precision) -> str | None:
    """What accelerate is told; None leaves it to what `accelerate config` or its launcher says."""
    if wanted == "fp16" and not torch.cuda.is_available():
        raise InputError("mixed_precision is fp16, which needs a GPU; leave it at auto")
    if wanted != "auto":
        return wanted
    if "ACCELERATE_MIXED_PRECISION" in os.environ:
        return None
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
