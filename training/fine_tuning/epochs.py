"""One pass over the training examples, and one look at the validation examples.

Takes a session; knows nothing about checkpoints, bundles or when to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from accelerate.data_loader import DataLoaderShard
from accelerate.utils import send_to_device
from torch.utils.data import Dataset

from gatewright.errors import QualityError
from gatewright.training.fine_tuning.adapter import drop_out
from gatewright.training.fine_tuning.batching import Portion, group
from gatewright.training.fine_tuning.loss import pool, refuse_non_finite, summed_loss
from gatewright.training.fine_tuning.session import Session
from gatewright.training.fine_tuning.tables import Batch, Table
from gatewright.training.fine_tuning.validation import Standing, stand

__all__ = ["learn", "validate"]

_LARGEST_NORM = 1.0


class _Portions(Dataset[Batch]):
    """The batches of one process, made when they are asked for."""

    def __init__(self, table: Table, portions: Sequence[Portion]) -> None:
        self._table = table
        self._portions = portions

    def __len__(self) -> int:
        return len(self._portions)

    def __getitem__(self, at: int) -> Batch:
        """A batch whose weights sum to its share of the optimizer step it is part of.

        Each step then learns from the mean over its known verdicts, however it was cut into
        batches and processes.
        """
        if at >= len(self):
            raise IndexError(at)
        rows, step, repeated = self._portions[at]
        total = max(float(self._table.weights[list(step)].sum()), 1e-12)
        return self._table.batch(rows, scale=0.0 if repeated else 1 / total)


def learn(session: Session, portions: Sequence[Portion], done: Callable[[], None]) -> float:
    """Learn from one epoch's portions, calling `done` after each.

    Returns:
        The loss per known verdict, the mean over the epoch's optimizer steps and all processes.

    Raises:
        QualityError: the loss or the gradient is not finite; the weights are as before that step.
    """
    drop_out(session.adapted, True)
    losses = 0.0
    for portion, batch in zip(portions, _feed(session, portions), strict=True):
        with session.accelerator.accumulate(session.model):
            losses += _step(session, portion, batch)
        done()
    return _mean_over_steps(session, losses, len(portions))


@torch.no_grad()
def validate(session: Session, token_budget: int) -> Standing:
    """Loss and AUPRC on the validation examples, each scored once by one of the processes.

    Raises:
        QualityError: a logit is not finite.
    """
    drop_out(session.adapted, False)
    table, accelerator = session.validation, session.accelerator
    order = table.lengths.argsort(kind="stable").tolist()
    batches = group(order, table.lengths, table.counts, token_budget=token_budget)
    logits = torch.zeros(table.labels.restricted.shape, device=accelerator.device)
    for rows in batches[accelerator.process_index :: accelerator.num_processes]:
        batch = send_to_device(table.batch(rows), accelerator.device)
        # The bare model: processes may have unlike numbers of batches.
        logits[batch.rows] = _logits(session, session.adapted, batch)
    # Every row is zero on all processes but one.
    scores = accelerator.reduce(logits, reduction="sum").cpu().double()
    odd = scores.isfinite().logical_not().any(dim=1).nonzero().flatten().tolist()
    if odd:
        raise QualityError(
            f"the classifier gives no finite score for validation examples "
            f"{', '.join(_ids(table, odd))}; training stopped, and earlier checkpoints are kept. "
            "Try a lower --learning-rate"
        )
    return stand(scores.numpy(), table.labels, table.weights)


def _feed(session: Session, portions: Sequence[Portion]) -> Iterator[Batch]:
    """Batches on the device; knows the last one, at which accelerate ends an accumulation."""
    feed: Iterator[Batch] = iter(
        DataLoaderShard(
            _Portions(session.train, portions), device=session.accelerator.device, batch_size=None
        )
    )
    return feed


def _step(session: Session, portion: Portion, batch: Batch) -> float:
    """Add a batch's gradient, and step the optimizer when its accumulation is full."""
    accelerator = session.accelerator
    logits = _logits(session, session.model, batch)
    loss = summed_loss(logits, batch.restricted, batch.weights)
    value = float(loss.item())
    refuse_non_finite(value, "the loss", _ids(session.train, portion.rows))
    # Undoes the two means that are taken for us: over an accumulation, and over processes.
    accelerator.backward(loss * accelerator.gradient_accumulation_steps * accelerator.num_processes)
    if accelerator.sync_gradients:
        norm = accelerator.clip_grad_norm_(session.parameters.values(), _LARGEST_NORM)
        # A scaler (fp16) meets infinite gradients by design, and leaves such a step out.
        if accelerator.scaler is None:
            refuse_non_finite(norm.item(), "the gradient", _ids(session.train, portion.step))
    session.optimizer.step()
    if accelerator.sync_gradients:
        session.scheduler.step()
    session.optimizer.zero_grad()
    return value


def _logits(session: Session, model: Any, batch: Batch) -> torch.Tensor:
    """(items, rules), in float32."""
    if session.trunk is not None and batch.remembered is not None:
        session.trunk.recall(batch.remembered)
    logits = model(**batch.inputs).logits.float()
    return pool(logits, batch.owner, len(batch.rows))


def _mean_over_steps(session: Session, losses: float, portions: int) -> float:
    accelerator = session.accelerator
    steps: int = -(-portions // accelerator.gradient_accumulation_steps)
    total = accelerator.reduce(torch.tensor(losses, device=accelerator.device), reduction="sum")
    return float(total) / steps


def _ids(table: Table, rows: Sequence[int]) -> list[str]:
    return [table.ids[row] for row in rows]
