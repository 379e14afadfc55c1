"""The verb `new`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from gatewright.cli import main
from gatewright.constitution import Judges, library_path, lint, load


def new(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main(["new", *map(str, arguments)])
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize("name", ["policy", "policy.md"])
def test_the_file_is_written_and_passes_its_check(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(tmp_path / name) == 0
    path = tmp_path / "policy.md"
    assert lint(path) == []
    assert load(path).judges == "document"
    output = capsys.readouterr().out
    assert output.startswith(f"wrote {path}\n")
    assert f"gatewright check {path}" in output
    assert f"gatewright run {path} --out runs/policy" in output


@pytest.mark.parametrize("judges", get_args(Judges))
def test_the_kind_can_be_chosen(judges: str, tmp_path: Path) -> None:
    assert new(tmp_path / "p", "--judges", judges) == 0
    assert load(tmp_path / "p.md").judges == judges


def test_a_bundled_constitution_can_be_copied(tmp_path: Path) -> None:
    assert new(tmp_path / "mine", "--from", "refusals") == 0
    mine, original = load(tmp_path / "mine.md"), load(library_path("refusals"))
    assert mine.name == "mine"
    assert mine.rules == original.rules


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.md").write_text("mine")
    assert new(tmp_path / "p") == 2
    assert (tmp_path / "p.md").read_text() == "mine"
    assert "is not overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["p", "--from", "nothing"], "bundled are:"), (["."], "names no file")],
)
def test_mistakes_write_nothing(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert new(*arguments) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
