"""The one definition of a training's command line, for `gatewright train` and for launchers.

Takes options, finds the files they name, and calls `fine_tune`. Knows nothing about how it was
launched, except that only the first of several processes speaks and holds the run folder's lock.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from json import dumps as to_json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewright.errors import EnvironmentProblem, InputError
from gatewright.locking import held
from gatewright.training.fine_tuning.recipe import Numbers, Recipe

if TYPE_CHECKING:
    from gatewright.training.fine_tuning.results import TrainingResult

__all__ = ["command"]

_fine = partial(typer.Option, rich_help_panel="Fine points")


def command(
    run: Annotated[
        Path | None, typer.Argument(help="The run folder; the gate is trained in RUN/gate.")
    ] = None,
    curated: Annotated[
        Path | None, typer.Option(help="Folder of train.parquet and validation.parquet.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="The constitution (markdown).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the gate.")] = None,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder of checkpoints and log.jsonl.")
    ] = None,
    base: Annotated[
        str, typer.Option(help="Model to fine-tune: embedded, a folder, or a hub name.")
    ] = "embedded",
    seed: Annotated[int, typer.Option(help="Settles everything that is drawn.")] = Recipe.seed,
    epochs: Annotated[
        int, typer.Option(help="Most passes over the training examples.")
    ] = Recipe.epochs,
    patience: Annotated[
        int, typer.Option(help="Stop after so many epochs without improvement.")
    ] = Recipe.patience,
    upper_layers: Annotated[
        int | None, typer.Option(help="Adapt only so many of the last layers: faster.")
    ] = Recipe.upper_layers,
    log_with: Annotated[
        list[str] | None, typer.Option(help="A tracker of accelerate (repeatable).")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew, whatever checkpoints there are.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
    lora_rank: Annotated[int, _fine(help="Rank of the adapter.")] = Recipe.lora_rank,
    lora_alpha: Annotated[
        int, _fine(help="Scale of the adapter, times its rank.")
    ] = Recipe.lora_alpha,
    lora_dropout: Annotated[float, _fine(help="Dropout of the adapter.")] = Recipe.lora_dropout,
    learning_rate: Annotated[float, _fine(help="Peak rate of the adapter.")] = Recipe.learning_rate,
    head_learning_rate: Annotated[
        float, _fine(help="Peak rate of the classification head.")
    ] = Recipe.head_learning_rate,
    warmup_share: Annotated[
        float, _fine(help="Share of the steps in which the rates climb.")
    ] = Recipe.warmup_share,
    weight_decay: Annotated[float, _fine(help="Decay of the weights.")] = Recipe.weight_decay,
    token_budget: Annotated[
        int, _fine(help="Most tokens in a batch, padding included.")
    ] = Recipe.token_budget,
    accumulation: Annotated[
        int, _fine(help="Batches per optimizer step and process.")
    ] = Recipe.accumulation,
    max_tokens: Annotated[
        int, _fine(help="Length of the windows that long text is read in.")
    ] = Recipe.max_tokens,
    stride: Annotated[int, _fine(help="Tokens that neighbouring windows share.")] = Recipe.stride,
    mixed_precision: Annotated[str, _fine(help="auto, no, bf16 or fp16.")] = Recipe.mixed_precision,
    trunk_bytes: Annotated[
        int, _fine(help="Memory for the outputs of frozen layers.")
    ] = Recipe.trunk_bytes,
) -> None:
    """Fine-tune the classifier on curated examples, by LoRA, into a gate without thresholds.

    Reads RUN/constitution.md and RUN/curated/; writes RUN/gate and RUN/checkpoints. Stopped or
    killed, the same command goes on after the last finished epoch.

        gatewright train runs/policy

        gatewright train runs/policy --upper-layers 2 --epochs 6 --json

    Without a run folder, say where things are:

        gatewright train --curated curated --policy policy.md --out gate

    On several processes or machines, the same options behind a launcher:

        torchrun --nproc_per_node 2 -m gatewright.training.fine_tuning runs/policy
    """
    places = _places(run, curated, policy, out, checkpoints)
    numbers = Numbers(
        seed=seed,
        epochs=epochs,
        patience=patience,
        upper_layers=upper_layers,
        lora_rank=lora_rank,
        lora_alpha=lora_alpha,
        lora_dropout=lora_dropout,
        learning_rate=learning_rate,
        head_learning_rate=head_learning_rate,
        warmup_share=warmup_share,
        weight_decay=weight_decay,
        token_budget=token_budget,
        accumulation=accumulation,
        max_tokens=max_tokens,
        stride=stride,
        trunk_bytes=trunk_bytes,
        mixed_precision=mixed_precision,  # type: ignore[typeddict-item]  # the recipe checks it
    )
    first = int(os.environ.get("RANK", "0")) == 0
    with held(run / "run.lock") if run and first else nullcontext():
        result = _train(places, base, log_with or [], not fresh, numbers)
    if first and json:
        typer.echo(to_json({**result.as_dict(), "gate": str(places.gate)}, indent=2))
    elif first:
        typer.echo(_summary(result, places, run))


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a training reads and writes."""

    curated: Path
    policy: Path
    gate: Path
    checkpoints: Path


def _places(
    run: Path | None,
    curated: Path | None,
    policy: Path | None,
    out: Path | None,
    checkpoints: Path | None,
) -> _Places:
    """Named places first, the run folder's for those that are not named."""
    if run is not None:
        curated, policy = curated or run / "curated", policy or run / "constitution.md"
        out, checkpoints = out or run / "gate", checkpoints or run / "checkpoints"
    if curated is None or policy is None or out is None:
        raise InputError(
            "give a run folder (gatewright train RUN), or all of --curated DIR, --policy FILE and "
            "--out GATE"
        )
    if not (curated / "train.parquet").is_file():
        more = (
            f"make some: gatewright curate {run}"
            if run
            else "give --curated the folder they are in"
        )
        raise InputError(f"{curated} has no curated examples (train.parquet is missing); {more}")
    return _Places(curated, policy, out, checkpoints or out.with_name(f"{out.name}-checkpoints"))


def _train(
    places: _Places, base: str, log_with: Sequence[str], resume: bool, numbers: Numbers
) -> TrainingResult:
    from gatewright.constitution import Constitution
    from gatewright.training.examples import read_examples
    from gatewright.training.fine_tuning.tuning import fine_tune

    try:
        return fine_tune(
            read_examples(places.curated / "train.parquet"),
            read_examples(places.curated / "validation.parquet"),
            constitution=Constitution.load(places.policy),
            base=base,
            out=places.gate,
            checkpoints=places.checkpoints,
            log_with=log_with,
            resume=resume,
            **numbers,
        )
    except (KeyboardInterrupt, EnvironmentProblem) as stop:
        stop.add_note("finished epochs are kept: the same command goes on after them")
        raise


def _summary(result: TrainingResult, places: _Places, run: Path | None) -> str:
    best, left_out = result.best, sum(result.left_out.values())
    auprc = "unknown" if best.validation_auprc is None else f"{best.validation_auprc:.3f}"
    lines = [
        f"trained on {result.trained_on} examples for {len(result.history)} epochs "
        f"({result.stopped}), {result.seconds:.0f} s, {result.tokens_per_second:,.0f} tokens/s",
        f"best epoch {best.number}: validation loss {best.validation_loss:.3f}, AUPRC {auprc}",
        *([f"{left_out} examples could not be read: {dict(result.left_out)}"] if left_out else []),
        f"gate without thresholds: {places.gate}",
        *([f"next: gatewright certify {run}"] if run else []),
    ]
    return "\n".join(lines)
