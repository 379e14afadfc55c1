"""Fine-tune a classifier: from curated examples and a base model to an uncertified gate.

Takes examples, a constitution and the name of a base model; writes checkpoints and a gate bundle.
Knows nothing about how examples came to be, or what a gate is certified for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import torch
from torch.utils import deterministic as determinism

from gatewright.artefacts import digest
from gatewright.classifiers.bases import load_tokenizer, resolve_base
from gatewright.classifiers.bundle import write_bundle
from gatewright.classifiers.reading import Windows
from gatewright.errors import EnvironmentProblem
from gatewright.training.examples import Example
from gatewright.training.fine_tuning.data import Data, prepare
from gatewright.training.fine_tuning.launching import open_accelerator, surroundings
from gatewright.training.fine_tuning.loop import Outcome, run
from gatewright.training.fine_tuning.recipe import Numbers, Recipe
from gatewright.training.fine_tuning.results import TrainingResult
from gatewright.training.fine_tuning.session import Session, open_session
from gatewright.training.fine_tuning.tracking import JsonLines, reporting

if TYPE_CHECKING:
    from accelerate import Accelerator

    from gatewright.constitution.records import Constitution

__all__ = ["fine_tune"]


def fine_tune(
    train: Sequence[Example],
    validation: Sequence[Example],
    *,
    constitution: Constitution,
    base: str | Path,
    out: str | Path,
    checkpoints: str | Path,
    log_with: Sequence[str] = (),
    resume: bool = True,
    **numbers: Unpack[Numbers],
) -> TrainingResult:
    """Train one sigmoid per rule on `base` by LoRA, and write the best epoch's gate to `out`.

    Under `torchrun` or `accelerate launch` every process calls this with the same arguments.

    Args:
        base: `embedded`, a folder, or a hub name.
        out: folder of the gate bundle; a former one is replaced only by a complete new one.
        checkpoints: folder of the newest two checkpoints and of `log.jsonl`.
        log_with: trackers of accelerate to log to besides (`tensorboard`, `wandb`, ...).
        resume: go on from the newest whole checkpoint of this very training, if there is one.
        numbers: fields of `Recipe`, which says what each one means: `seed`, `epochs`, ...

    Raises:
        QualityError: the examples cannot teach every rule, or a loss is not finite.
        InputError: an option is out of range, or examples and constitution do not fit.
        ArtefactError: the base model cannot be found or used.
        EnvironmentProblem: memory, disk or a tracker's package is missing.
    """
    recipe, found, folder = Recipe(**numbers), resolve_base(base), Path(checkpoints)
    tokenizer = load_tokenizer(found.path)
    windows = Windows(tokenizer, constitution.judges, recipe.max_tokens, recipe.stride)
    log = JsonLines(folder / "log.jsonl")
    accelerator = open_accelerator(recipe, [*log_with, log], folder)
    with reporting(silent=not accelerator.is_main_process) as reporter, _on(accelerator.device):
        data = prepare(train, validation, constitution=constitution, windows=windows)
        session = open_session(accelerator, data, base=found, recipe=recipe, reporter=reporter)
        mark = digest([data.digest, found.sha256, asdict(recipe), accelerator.num_processes])
        outcome = run(
            session, recipe, folder, fingerprint=mark, resume=resume, log=log, reporter=reporter
        )
        result = _result(outcome, session, data)
        if accelerator.is_main_process:
            write_bundle(
                Path(out),
                session.adapted,
                windows=windows,
                constitution=constitution,
                base=found,
                training=_facts(result, recipe, accelerator),
            )
        accelerator.wait_for_everyone()
    accelerator.end_training()
    return result


@contextmanager
def _on(device: torch.device) -> Iterator[None]:
    """The same numbers in every run, where the device can; lack of memory as a sentence."""
    former = torch.are_deterministic_algorithms_enabled()
    memory: Any = determinism
    fill = memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(device.type == "cpu", warn_only=True)
    # Costs a tenth of the time, and only tells on code that reads what it never wrote.
    memory.fill_uninitialized_memory = False
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise EnvironmentProblem(
            f"no memory left on {device}; give a smaller --token-budget (and a larger "
            "--accumulation), or adapt fewer layers with --upper-layers"
        ) from error
    finally:
        memory.fill_uninitialized_memory = fill
        torch.use_deterministic_algorithms(former)


def _result(outcome: Outcome, session: Session, data: Data) -> TrainingResult:
    course = outcome.course
    epochs = len(course.history) - (outcome.resumed_after or 0)
    return TrainingResult(
        best=course.best,
        history=tuple(course.history),
        stopped=course.stopped or "",
        resumed_after=outcome.resumed_after,
        trainable_parameters=sum(each.numel() for each in session.parameters.values()),
        trained_on=len(data.train),
        left_out=dict(data.left_out),
        examples_seen=epochs * len(data.train),
        seconds=outcome.seconds,
        tokens_per_second=epochs * data.train.tokens / max(outcome.seconds, 1e-9),
        remembered_layers=session.trunk.depth if session.trunk else 0,
    )


def _facts(result: TrainingResult, recipe: Recipe, accelerator: Accelerator) -> dict[str, Any]:
    """What the gate says of its training: nothing that differs between two runs of one seed."""
    return {
        "examples": result.trained_on,
        "trainable_parameters": result.trainable_parameters,
        "stopped": result.stopped,
        "best": asdict(result.best),
        "recipe": asdict(recipe),
        **surroundings(accelerator),
    }
