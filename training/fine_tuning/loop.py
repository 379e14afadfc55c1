"""Epoch after epoch until there is nothing to gain, with a checkpoint after each.

Takes a session and leaves the best epoch's weights in its model. Knows nothing about examples,
constitutions or bundles.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gatewright.training.fine_tuning import checkpoints
from gatewright.training.fine_tuning.course import Course
from gatewright.training.fine_tuning.epochs import learn, validate
from gatewright.training.fine_tuning.results import Epoch
from gatewright.training.fine_tuning.session import epoch_portions

if TYPE_CHECKING:
    import torch

    from gatewright.training.fine_tuning.recipe import Recipe
    from gatewright.training.fine_tuning.session import Session
    from gatewright.training.fine_tuning.tracking import JsonLines, Reporter

__all__ = ["Outcome", "run"]


class Outcome(NamedTuple):
    """How a training went; its weights are in the session's model."""

    course: Course
    resumed_after: int | None
    """The epoch whose checkpoint it went on from."""
    seconds: float
    """Spent in epochs, by this process."""


def run(
    session: Session,
    recipe: Recipe,
    folder: Path,
    *,
    fingerprint: str,
    resume: bool,
    log: JsonLines,
    reporter: Reporter,
) -> Outcome:
    """Train until there is nothing to gain; the model then has the weights of its best epoch.

    Args:
        folder: where checkpoints are.
        fingerprint: of data and settings; checkpoints of other trainings are passed over.
        resume: whether to look for a checkpoint at all.

    Raises:
        QualityError: a loss, gradient or logit is not finite; earlier checkpoints are kept.
        EnvironmentProblem: a checkpoint cannot be written.
    """
    checkpoints.hold_only_trainable(session.accelerator, session.parameters)
    course = Course(epochs=recipe.epochs, patience=recipe.patience)
    best = _go_on(course, session, folder, fingerprint, reporter) if resume else {}
    resumed_after = len(course.history) or None
    log.after = len(course.history)
    session.accelerator.init_trackers("gatewright", config=_plain(recipe))
    started = time.perf_counter()
    with session.trunk.replaced() if session.trunk else nullcontext():
        while course.stopped is None:
            if course.add(_epoch(session, recipe, course.next, reporter)):
                best = checkpoints.copied(session.parameters)
            state = {"fingerprint": fingerprint, **course.as_state()}
            checkpoints.save(folder, session.accelerator, state=state, best=best)
    checkpoints.put(best, session.parameters)
    return Outcome(course, resumed_after, time.perf_counter() - started)


def _go_on(
    course: Course, session: Session, folder: Path, fingerprint: str, reporter: Reporter
) -> dict[str, torch.Tensor]:
    """Take up the newest whole checkpoint of this training, if there is one.

    Returns:
        The parameters of its best epoch.
    """
    found = checkpoints.newest(folder, fingerprint)
    for sentence in found.skipped:
        reporter.say(sentence)
    if found.path is None:
        return {}
    course.restore(found.state)
    reporter.say(f"going on after epoch {len(course.history)}, from {found.path}")
    return checkpoints.load(found.path, session.accelerator)


def _plain(recipe: Recipe) -> dict[str, Any]:
    """Settings as trackers take them: tensorboard knows no None."""
    return {name: value for name, value in asdict(recipe).items() if value is not None}


def _epoch(session: Session, recipe: Recipe, number: int, reporter: Reporter) -> Epoch:
    accelerator = session.accelerator
    portions = epoch_portions(
        session.train,
        recipe,
        number,
        process=accelerator.process_index,
        processes=accelerator.num_processes,
    )
    reporter.start(number, len(portions))
    rate = session.scheduler.get_last_lr()[0]
    train_loss = learn(session, portions, reporter.step)
    standing = validate(session, recipe.token_budget)
    epoch = Epoch(
        number=number,
        train_loss=train_loss,
        validation_loss=standing.loss,
        validation_auprc=standing.auprc,
    )
    reporter.finish(epoch)
    logged = {"train_loss": train_loss, "validation_loss": standing.loss, "learning_rate": rate}
    known = {} if standing.auprc is None else {"validation_auprc": standing.auprc}
    accelerator.log({**logged, **known}, step=number)
    return epoch
