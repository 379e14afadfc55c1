"""What a training says while it runs: a bar on a terminal, lines elsewhere, a log of JSON lines.

Takes numbers and sentences; knows nothing about models. Everything goes to stderr or to files, so
that stdout stays the command's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from accelerate.tracking import GeneralTracker, on_main_process
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gatewright.artefacts import write_text

if TYPE_CHECKING:
    from gatewright.training.fine_tuning.results import Epoch

__all__ = ["JsonLines", "Reporter", "reporting"]


class Reporter(Protocol):
    """Where a training's progress is shown."""

    def say(self, sentence: str) -> None:
        """Show a line that stays."""

    def start(self, epoch: int, steps: int) -> None:
        """An epoch of so many batches begins."""

    def step(self) -> None:
        """A batch is done."""

    def finish(self, epoch: Epoch) -> None:
        """An epoch and its validation are done."""


@contextmanager
def reporting(*, silent: bool = False) -> Iterator[Reporter]:
    """A reporter for stderr, terminal or file; `silent` on every process but one."""
    console = Console(stderr=True, highlight=False, markup=False, quiet=silent, soft_wrap=True)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        yield _Bar(console, progress)


class JsonLines(GeneralTracker):  # type: ignore[misc]  # accelerate ships no types
    """An `accelerate` tracker: one JSON object per line, the settings first, then every `step`.

    Lines of a former run are kept up to the step `after`, which a resumed training goes on from;
    later ones are written again. So the log of a killed and resumed training is that of an
    uninterrupted one.
    """

    name = "jsonl"
    requires_logging_directory = False
    main_process_only = True

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.after = 0

    @property
    def tracker(self) -> Path:
        return self._path

    @on_main_process  # type: ignore[untyped-decorator]
    def store_init_configuration(self, values: Mapping[str, Any]) -> None:
        kept = [line for line in _lines(self._path) if 0 < _step(line) <= self.after]
        write_text(self._path, "".join([_line(0, values), *kept]))

    @on_main_process  # type: ignore[untyped-decorator]
    def log(self, values: Mapping[str, Any], step: int | None = None, **_: Any) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line(step, values))


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, sentence: str) -> None:
        self._console.print(sentence)

    def start(self, epoch: int, steps: int) -> None:
        pass

    def step(self) -> None:
        pass

    def finish(self, epoch: Epoch) -> None:
        self.say(_summary(epoch))


class _Bar:
    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._task = progress.add_task("training", total=None)

    def say(self, sentence: str) -> None:
        self._console.print(sentence)

    def start(self, epoch: int, steps: int) -> None:
        self._progress.reset(self._task, total=steps, description=f"epoch {epoch}")

    def step(self) -> None:
        self._progress.advance(self._task)

    def finish(self, epoch: Epoch) -> None:
        self.say(_summary(epoch))


def _summary(epoch: Epoch) -> str:
    auprc = "unknown" if epoch.validation_auprc is None else f"{epoch.validation_auprc:.3f}"
    return (
        f"epoch {epoch.number}: training loss {epoch.train_loss:.3f}, "
        f"validation loss {epoch.validation_loss:.3f}, AUPRC {auprc}"
    )


def _line(step: int | None, values: Mapping[str, Any]) -> str:
    return json.dumps({"step": step, **values}, allow_nan=False) + "\n"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []


def _step(line: str) -> int:
    """The step of a logged line; 0 for the settings, and for a line cut off by a kill."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return 0
