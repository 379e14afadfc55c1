"""A training made ready: model, optimizer and schedule on their devices, frozen layers remembered.

Takes data, a base model and a recipe. Knows nothing about epochs, checkpoints or bundles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from accelerate import Accelerator
from accelerate.utils import send_to_device, set_seed
from torch import nn

from gatewright.classifiers.bases import load_classifier, longest_input
from gatewright.errors import InputError
from gatewright.training.fine_tuning.adapter import attach, trainable
from gatewright.training.fine_tuning.batching import Portion, portions, shuffled
from gatewright.training.fine_tuning.optimisation import optimizer_for, schedule_for
from gatewright.training.fine_tuning.stack import find_stack
from gatewright.training.fine_tuning.trunk import Trunk, bytes_needed, remember

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    from gatewright.classifiers.bases import Base
    from gatewright.training.fine_tuning.data import Data
    from gatewright.training.fine_tuning.recipe import Recipe
    from gatewright.training.fine_tuning.tables import Table
    from gatewright.training.fine_tuning.tracking import Reporter

__all__ = ["Session", "epoch_portions", "open_session"]


@dataclass(frozen=True)
class Session:
    """Everything an epoch needs."""

    accelerator: Accelerator
    model: nn.Module
    """As accelerate prepared it: gradients are shared between processes."""
    adapted: PeftModel
    """The same model without that wrapping."""
    parameters: dict[str, nn.Parameter]
    """Those that learn, by name."""
    optimizer: Any
    scheduler: Any
    train: Table
    validation: Table
    trunk: Trunk | None
    """The frozen layers, when their outputs are remembered in the tables."""


def open_session(
    accelerator: Accelerator,
    data: Data,
    *,
    base: Base,
    recipe: Recipe,
    reporter: Reporter,
) -> Session:
    """Load the base model, adapt it, and hand it to accelerate.

    Raises:
        ArtefactError: the base model cannot be loaded as a text classifier.
        InputError: it cannot be adapted as the recipe says.
    """
    if data.left_out:
        reporter.say(f"left out, for they cannot be read: {dict(data.left_out)}")
    set_seed(recipe.seed)
    model = load_classifier(base, data.rules)
    _refuse_long_windows(model, recipe.max_tokens)
    model.config.use_cache = False
    adapted = attach(
        model,
        rank=recipe.lora_rank,
        alpha=recipe.lora_alpha,
        dropout=recipe.lora_dropout,
        upper_layers=recipe.upper_layers,
    )
    adapted.to(accelerator.device).eval()
    trunk, tables = _remembered(accelerator, model, data, recipe, reporter)
    parameters = trainable(adapted)
    optimizer = optimizer_for(
        parameters,
        learning_rate=recipe.learning_rate,
        head_learning_rate=recipe.head_learning_rate,
        weight_decay=recipe.weight_decay,
    )
    steps = _total_steps(data.train, recipe, accelerator.num_processes)
    scheduler = schedule_for(optimizer, steps=steps, warmup_share=recipe.warmup_share)
    prepared, optimizer, scheduler = accelerator.prepare(adapted, optimizer, scheduler)
    # From here on only dropout draws, on every process its own.
    set_seed(recipe.seed, device_specific=True)
    return Session(
        accelerator=accelerator,
        model=prepared,
        adapted=adapted,
        parameters=parameters,
        optimizer=optimizer,
        scheduler=scheduler,
        train=tables[0],
        validation=tables[1],
        trunk=trunk,
    )


def epoch_portions(
    table: Table, recipe: Recipe, epoch: int, *, process: int, processes: int
) -> list[Portion]:
    """What one process learns from in one epoch, in order."""
    batches = shuffled(
        table.lengths, table.counts, token_budget=recipe.token_budget, seed=recipe.seed, epoch=epoch
    )
    return portions(batches, process=process, processes=processes, accumulation=recipe.accumulation)


def _total_steps(table: Table, recipe: Recipe, processes: int) -> int:
    portions_of = (
        len(epoch_portions(table, recipe, epoch, process=0, processes=processes))
        for epoch in range(1, recipe.epochs + 1)
    )
    return sum(-(-count // recipe.accumulation) for count in portions_of)


def _remembered(
    accelerator: Accelerator,
    model: PreTrainedModel,
    data: Data,
    recipe: Recipe,
    reporter: Reporter,
) -> tuple[Trunk | None, tuple[Table, Table]]:
    """The trunk and both tables with its outputs, where there is a trunk and memory for them."""
    tables = (data.train, data.validation)
    layers = find_stack(model).below(recipe.upper_layers)
    if not layers:
        return None, tables
    width = model.config.get_text_config().hidden_size
    need = bytes_needed(tables, width)
    if need > recipe.trunk_bytes:
        reporter.say(
            f"the outputs of {len(layers)} frozen layers would take {need:,} bytes of memory, more "
            f"than the {recipe.trunk_bytes:,} granted: they are computed afresh in every epoch"
        )
        return None, tables
    reporter.say(f"computing {len(layers)} frozen layers once, into {need:,} bytes of memory")
    trunk = Trunk(model, layers)
    filled = [_filled(trunk, table, accelerator, width, recipe) for table in tables]
    batch = send_to_device(filled[0].batch([0]), accelerator.device)
    with accelerator.autocast():
        if trunk.faithful(batch.inputs, batch.remembered):
            return trunk, (filled[0], filled[1])
    reporter.say(
        f"the frozen layers of {type(model).__name__} cannot be replaced by what they give: they "
        "are computed afresh in every epoch"
    )
    return None, tables


def _filled(
    trunk: Trunk, table: Table, accelerator: Accelerator, width: int, recipe: Recipe
) -> Table:
    kept = remember(trunk, table, accelerator, width=width, token_budget=recipe.token_budget)
    return replace(table, remembered=kept)


def _refuse_long_windows(model: PreTrainedModel, max_tokens: int) -> None:
    limit = longest_input(model)
    if limit is not None and max_tokens > limit:
        raise InputError(
            f"windows of {max_tokens} tokens are longer than the {limit} this base model reads; "
            f"give --max-tokens {limit} or less"
        )
