"""What a training says and logs: to stderr and to files, never to stdout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatewright.errors import EnvironmentProblem, InputError
from gatewright.training.fine_tuning import Epoch, TrainingResult, checkpoints
from gatewright.training.fine_tuning.tracking import JsonLines, reporting

Train = Callable[..., TrainingResult]


def logged(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_epoch_is_logged_as_a_line_and_said(
    train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train(epochs=2)
    settings, *epochs = logged(tmp_path / "checkpoints" / "log.jsonl")
    assert settings["seed"] == 0
    assert [line["step"] for line in epochs] == [1, 2]
    assert [line["validation_loss"] for line in epochs] == [
        epoch.validation_loss for epoch in result.history
    ]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "epoch 2: training loss" in captured.err


def test_a_killed_and_resumed_training_has_the_log_of_an_uninterrupted_one(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train("whole")
    save = checkpoints.save

    def killed_before_saving(*arguments: Any, state: Any, **named: Any) -> None:
        if state["epoch"] == 2:
            raise KeyboardInterrupt
        save(*arguments, state=state, **named)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save", killed_before_saving)
        with pytest.raises(KeyboardInterrupt):
            train()
    log = tmp_path / "checkpoints" / "log.jsonl"
    assert len(logged(log)) == 3
    train()
    assert log.read_text() == (tmp_path / "whole/checkpoints/log.jsonl").read_text()


def test_a_line_cut_off_by_a_kill_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "lo')
    tracker = JsonLines(path)
    tracker.after = 2
    tracker.store_init_configuration({"seed": 3})
    assert logged(path) == [{"step": 0, "seed": 3}, {"step": 1, "loss": 2.0}]


def test_an_unknown_tracker_is_refused(train: Train) -> None:
    with pytest.raises(InputError, match="no tracker 'papyrus' to log with; accelerate knows"):
        train(log_with=["papyrus"])


def test_a_tracker_that_is_not_installed_says_what_to_type(train: Train) -> None:
    with pytest.raises(EnvironmentProblem, match="pip install comet-ml"):
        train(log_with=["comet_ml"])


def test_only_one_process_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    with reporting(silent=True) as reporter:
        reporter.say("hello")
        reporter.finish(Epoch(number=1, train_loss=1, validation_loss=1, validation_auprc=None))
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_and_the_same_sentences(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with reporting() as reporter:
        reporter.start(1, 2)
        reporter.step()
        reporter.finish(Epoch(number=1, train_loss=1, validation_loss=2, validation_auprc=0.5))
    shown = capsys.readouterr().err
    assert "epoch 1: training loss 1.000, validation loss 2.000, AUPRC 0.500" in shown
    assert "\x1b[" in shown
