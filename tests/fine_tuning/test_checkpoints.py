"""Checkpoints are whole or passed over; a resumed training ends like an uninterrupted one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatewright.errors import ArtefactError, EnvironmentProblem
from gatewright.training.fine_tuning import TrainingResult, checkpoints

Train = Callable[..., TrainingResult]
Files = dict[str, bytes]


class Stop(Exception):
    """The end of a process, without the wait for a new one."""


def gate_files(gate: Path) -> Files:
    paths = (path for path in gate.rglob("*") if path.is_file())
    return {path.relative_to(gate).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def stop_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`stop_after(n)`: end the next training when its n-th checkpoint is written."""

    def arm(count: int) -> None:
        written = iter(range(1, count + 1))
        save = checkpoints.save

        def save_and_stop(*arguments: Any, **named: Any) -> None:
            save(*arguments, **named)
            if next(written) == count:
                monkeypatch.setattr(checkpoints, "save", save)
                raise Stop

        monkeypatch.setattr(checkpoints, "save", save_and_stop)

    return arm


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The gate of the uninterrupted training, made by the first test that asks for it."""
    return {}


@pytest.fixture
def uninterrupted(whole: dict[str, Files], train: Train, tmp_path: Path) -> Files:
    if not whole:
        train("whole")
        whole["gate"] = gate_files(tmp_path / "whole" / "gate")
    return whole["gate"]


def interrupted(train: Train, stop_after: Callable[[int], None], count: int) -> None:
    stop_after(count)
    with pytest.raises(Stop):
        train()


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "bit flip": flip_a_bit,
    "truncation": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
}


def test_a_resumed_training_ends_with_the_same_gate(
    train: Train,
    uninterrupted: Files,
    stop_after: Callable[[int], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    interrupted(train, stop_after, 1)
    result = train()
    assert result.resumed_after == 1
    assert [epoch.number for epoch in result.history] == [1, 2, 3]
    assert result.examples_seen == 2 * 48
    assert gate_files(tmp_path / "gate") == uninterrupted
    assert "going on after epoch 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "name"), [("bit flip", "optimizer.bin"), ("missing", "random_states_0.pkl")]
)
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(
    damage: str,
    name: str,
    train: Train,
    uninterrupted: Files,
    stop_after: Callable[[int], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    interrupted(train, stop_after, 2)
    DAMAGES[damage](tmp_path / "checkpoints/epoch-0002" / name)
    result = train()
    assert result.resumed_after == 1
    assert gate_files(tmp_path / "gate") == uninterrupted
    said = capsys.readouterr().err
    assert "epoch-0002 is damaged" in said
    assert name in said


def test_every_file_of_a_checkpoint_is_verified(train: Train, tmp_path: Path) -> None:
    train(epochs=1)
    whole = tmp_path / "checkpoints" / "epoch-0001"
    assert checkpoints.verify(whole)["epoch"] == 1
    for file in sorted(whole.iterdir()):
        for damage in DAMAGES.values():
            copy = Path(shutil.copytree(whole, tmp_path / "copy"))
            damage(copy / file.name)
            with pytest.raises(ArtefactError, match="is damaged"):
                checkpoints.verify(copy)
            shutil.rmtree(copy)


def test_a_foreign_file_makes_a_checkpoint_damaged(train: Train, tmp_path: Path) -> None:
    train(epochs=1)
    folder = tmp_path / "checkpoints" / "epoch-0001"
    (folder / "custom_checkpoint_0.pkl").write_bytes(b"cos\nsystem\n")
    with pytest.raises(ArtefactError, match=r"custom_checkpoint_0\.pkl missing or foreign"):
        checkpoints.verify(folder)


def test_with_no_whole_checkpoint_it_begins_anew(
    train: Train, uninterrupted: Files, stop_after: Callable[[int], None], tmp_path: Path
) -> None:
    interrupted(train, stop_after, 1)
    flip_a_bit(tmp_path / "checkpoints/epoch-0001/trainable.safetensors")
    assert train().resumed_after is None
    assert gate_files(tmp_path / "gate") == uninterrupted


def test_the_newest_two_are_kept_and_nothing_half_written(train: Train, tmp_path: Path) -> None:
    train()
    assert {path.name for path in (tmp_path / "checkpoints").iterdir()} == {
        "epoch-0002",
        "epoch-0003",
        "log.jsonl",
    }


@pytest.mark.parametrize("change", [{"seed": 1}, {"learning_rate": 1e-3}])
def test_checkpoints_of_another_training_are_not_gone_on_from(
    change: dict[str, Any], train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(epochs=2)
    result = train(epochs=2, **change)
    assert result.resumed_after is None
    assert "other data or settings" in capsys.readouterr().err


def test_other_labels_are_other_data(train: Train, curated: Any) -> None:
    train(epochs=1)
    relabelled = [*curated.train[:-1], replace(curated.train[-1], verdicts={"harm": 1})]
    assert train(epochs=1, train=relabelled).resumed_after is None


def test_a_finished_training_is_not_done_again(
    train: Train, uninterrupted: Files, tmp_path: Path
) -> None:
    train()
    shutil.rmtree(tmp_path / "gate")
    result = train()
    assert (result.resumed_after, result.examples_seen) == (3, 0)
    assert gate_files(tmp_path / "gate") == uninterrupted


def test_a_fresh_start_takes_no_notice_of_checkpoints(train: Train) -> None:
    train(epochs=1)
    assert train(epochs=1, resume=False).resumed_after is None


def test_a_full_disk_is_told_before_anything_is_written(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(
        EnvironmentProblem, match=r"no space left for a checkpoint .* 1,000 are free"
    ):
        train()
    assert not (tmp_path / "gate").exists()
