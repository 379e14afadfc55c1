"""The settings of a run, and their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatewright.errors import InputError
from gatewright.training.runs.settings import RunSettings


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    settings = RunSettings(
        generator='recorded:/a "b"\\c.jsonl', seed=3, miss_budget=0.01, base="org/model"
    )
    settings.write(tmp_path / "config.toml")
    assert RunSettings.read(tmp_path / "config.toml") == settings


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        RunSettings.of({"generator": "", "examples": 0, "budget": 1.5, "sed": 1})
    message = str(caught.value)
    for part in ("generator is ''", "examples is 0", "budget is 1.5", "sed is 1"):
        assert part in message


def test_absent_values_take_their_defaults() -> None:
    settings = RunSettings.of({"generator": "composed", "templates": None})
    assert settings == RunSettings(generator="composed")


@pytest.mark.parametrize(
    "text", ["generator = ", 'generator = "composed"\nunknown = 1\n', 'generator = "a"\nseed = "1"']
)
def test_a_file_of_other_things_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(InputError, match=r"config\.toml"):
        RunSettings.read(tmp_path / "config.toml")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        RunSettings(generator="composed").seed = 4


def test_files_are_named_by_their_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("base", "templates"):
        (tmp_path / name).mkdir()
    for name in ("benign.jsonl", "mine.jsonl"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    settings = RunSettings.asked(
        Path("policy.md"),
        generator="recorded:mine.jsonl",
        base="base",
        templates=Path("templates"),
        benign=Path("benign.jsonl"),
    )
    assert settings.generator == f"recorded:{tmp_path / 'mine.jsonl'}"
    assert settings.base == str(tmp_path / "base")
    assert settings.templates == str(tmp_path / "templates")
    assert settings.benign == str(tmp_path / "benign.jsonl")


def test_the_generator_left_out_is_the_best_there_is(tmp_path: Path) -> None:
    policy = tmp_path / "policy.md"
    assert RunSettings.asked(policy, generator=None) == RunSettings(generator="composed")
    (tmp_path / "policy.replies.jsonl").touch()
    assert RunSettings.asked(policy, generator=None) == RunSettings(generator="recorded")
