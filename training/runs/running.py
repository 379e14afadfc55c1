"""The loop: every stage in its order, done before or done now, in a folder that one process holds.

Takes a policy, a folder and settings. A killed run goes on with the same command: finished stages
stand in the manifest, replies in the journal, epochs in the checkpoints. Knows nothing about what
a stage does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from gatewright.artefacts import explained
from gatewright.constitution.records import Constitution
from gatewright.errors import EnvironmentProblem, QualityError, UpstreamError
from gatewright.locking import held
from gatewright.training.runs.folder import RunFolder
from gatewright.training.runs.freezing import freeze
from gatewright.training.runs.manifest import (
    Counts,
    Manifest,
    StageRecord,
    content_digest,
    digests,
)
from gatewright.training.runs.settings import RunSettings

__all__ = ["Done", "Run", "RunResult", "Say", "Stage", "run"]

Say = Callable[[str], object]
"""Told, a line at a time, what is going on."""


class Run(NamedTuple):
    """What every stage may use."""

    folder: RunFolder
    settings: RunSettings
    policy: Path
    """The constitution's own file; the run reads the copy in its folder."""
    say: Say
    limits: Mapping[str, Any] = field(default_factory=dict)
    """What generators may cost in this process, such as `max_calls`; changes no result."""


class Done(NamedTuple):
    """What a stage returns, besides the files it wrote."""

    counts: Counts
    result: Mapping[str, Any]
    """What it has to say, as plain values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage, as data."""

    name: str
    run: Callable[[Run], Done]
    settings: tuple[str, ...] = ()
    """The settings its result depends on."""
    materials: Callable[[Run], Sequence[Path]] = lambda run: ()
    """Files and folders outside the run folder that its result depends on."""
    reads: tuple[str, ...] = ()
    """Files and folders of the run folder that its result depends on."""
    written: Callable[[Path], dict[str, str]]
    """Given the run folder, the digests of what the stage wrote there."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run."""

    folder: RunFolder
    settings: RunSettings
    stages: tuple[StageRecord, ...]
    done_before: tuple[str, ...]
    """Names of the stages that did not have to run."""

    def result(self, stage: str) -> dict[str, Any]:
        """What a stage had to say."""
        return next(each.result for each in self.stages if each.name == stage)


def run(
    policy: Path,
    out: Path,
    settings: RunSettings,
    *,
    stages: Sequence[Stage],
    accept_change: bool = False,
    say: Say = lambda line: None,
    limits: Mapping[str, Any] | None = None,
) -> RunResult:
    """Do what is not done yet, from the constitution to the certified gate.

    Args:
        policy: the constitution.
        out: the run folder; a new one, or that of an earlier run with the same settings.
        accept_change: take an edited constitution and other settings over; what depends on them
            is done again.
        limits: options of the generators that change no result: `max_calls`, `max_tokens`,
            `concurrency`.

    Raises:
        ConstitutionError: the constitution has errors.
        InputError: the constitution or a setting is not the one the folder was made with, or the
            folder holds something else.
        LockedError: another process works in the folder.
        EnvironmentProblem: too little space, or a file cannot be written.
        GatewrightError: whatever a stage raises. If the same command can go on later, the
            exception carries that command as a note; so does `KeyboardInterrupt`.
    """
    folder = RunFolder(out)
    with _resumable(settings.command(policy, out)):
        Constitution.load(policy)
        folder.open()
        with held(folder.lock):
            folder.sweep()
            freeze(folder, policy, settings, accept_change=accept_change)
            return _done(Run(folder, settings, policy, say, limits or {}), stages)


def _done(this: Run, stages: Sequence[Stage]) -> RunResult:
    manifest = Manifest.read(this.folder.manifest)
    records: list[StageRecord] = []
    done_before: list[str] = []
    for stage in stages:
        inputs = _inputs(this, stage)
        record, reason = _standing(this, stage, inputs, manifest)
        untouched = len(done_before) == len(records)
        if untouched and record is not None and reason is None:
            this.say(f"{stage.name}: done before")
            done_before.append(stage.name)
        else:
            this.say(f"{stage.name}: again, since {reason}" if reason else stage.name)
            this.folder.require_space()
            # Until it is finished, neither this stage nor any after it counts as done.
            manifest.upto(records).write(this.folder.manifest)
            record = _carried_out(this, stage, inputs)
            this.say(f"{stage.name}: {record.summary}")
            manifest.upto([*records, record]).write(this.folder.manifest)
        records.append(record)
    return RunResult(this.folder, this.settings, tuple(records), tuple(done_before))


def _standing(
    this: Run, stage: Stage, inputs: Mapping[str, Any], manifest: Manifest
) -> tuple[StageRecord | None, str | None]:
    record = manifest.record(stage.name)
    if record is None:
        return None, None
    return record, record.stale(inputs, stage.written(this.folder.root))


def _carried_out(this: Run, stage: Stage, inputs: Mapping[str, Any]) -> StageRecord:
    started = time.monotonic()
    done = stage.run(this)
    return StageRecord(
        name=stage.name,
        inputs=dict(inputs),
        outputs=stage.written(this.folder.root),
        counts=done.counts,
        result=dict(done.result),
        seconds=round(time.monotonic() - started, 3),
    )


def _inputs(this: Run, stage: Stage) -> dict[str, Any]:
    """Everything the stage's result depends on, by name, as JSON values."""
    settings = {
        f"--{name.replace('_', '-')}": getattr(this.settings, name) for name in stage.settings
    }
    materials = {str(path): content_digest(path) for path in stage.materials(this)}
    reads = digests(this.folder.root, stage.reads)
    return {"gatewright": version("gatewright"), **settings, **materials, **reads}


@contextmanager
def _resumable(command: str) -> Iterator[None]:
    """Add the command to continue with to whatever stops the run but leaves it whole."""
    try:
        try:
            yield
        except OSError as error:
            problem = explained(error, Path(error.filename or "a file of the run"))
            if problem is error:
                raise
            raise problem from error
    except (KeyboardInterrupt, EnvironmentProblem, UpstreamError) as stop:
        stop.add_note(f"to continue: {command}")
        raise
    except QualityError as stop:
        stop.add_note(f"to continue with other options: {command} --accept-change")
        raise
