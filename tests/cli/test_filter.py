"""The verb `filter`, as it is typed, with a gate that decides by a word."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gatewright.classifiers.gate import Gate
from gatewright.classifiers.verdicts import Verdict
from gatewright.cli import main
from gatewright.locking import held

Type = Callable[..., tuple[int, str, str]]


class WordGate:
    digest = "f" * 64
    fields = ("text",)

    def judge(self, texts: Sequence[Any], prompts: Sequence[Any] | None = None) -> list[Verdict]:
        return [
            Verdict(
                "dropped" if "kill" in text else "kept",
                {"harm\x1b[31ming": 0.7},
                "harm\x1b[31ming",
                0.5,
                "why",
                self.digest,
            )
            for text in texts
        ]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def load(*arguments: Any) -> WordGate:
        calls.append(arguments)
        return WordGate()

    monkeypatch.setattr(Gate, "load", load)
    return calls


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text('{"body": "fine"}\n{"body": "kill"}\nbroken\n')
    return path


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Type:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["filter", *map(str, arguments)])
        assert isinstance(end.value.code, int)
        return end.value.code, *capsys.readouterr()

    return run


def test_the_table_names_counts_reasons_and_files(
    typed: Type, loaded: list[Any], source: Path, tmp_path: Path
) -> None:
    code, out, _ = typed("runs/x/gate", source, tmp_path / "out", "--text", "body")
    assert code == 0
    rows = [line.split() for line in out.splitlines() if line.strip()]
    assert ["kept", "1", "33.3"] in rows
    assert [str(tmp_path / "out" / "kept.jsonl")] in rows
    assert ["not", "JSON", "1", "33.3"] in rows
    assert ["harm[31ming", "1", "33.3"] in rows
    assert loaded == [(Path("runs/x/gate"), None)]


def test_json_is_one_object(typed: Type, loaded: list[Any], source: Path, tmp_path: Path) -> None:
    code, out, err = typed(
        "gate", source, tmp_path / "out", "--text", "body", "--json", "--base", "b"
    )
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert report["counts"] == {"in": 3, "kept": 1, "dropped": 1, "undecided": 1}
    assert json.loads(Path(report["files"]["manifest"]).read_text())["counts"] == report["counts"]
    assert loaded == [(Path("gate"), "b")]


@pytest.mark.usefixtures("loaded")
def test_mistakes_and_their_exit_codes(typed: Type, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert typed("gate", tmp_path / "absent.jsonl", out)[0] == 2
    code, _, err = typed("gate", source, out)
    assert code == 2
    assert "no column 'text'" in err
    assert "'body'" in err
    with held(out / ".lock"):
        code, _, err = typed("gate", source, out, "--text", "body")
    assert code == 3
    assert "in use by process" in err
    assert typed("gate", source, out, "--text", "body")[0] == 0
    code, _, err = typed("gate", source, out, "--text", "body")
    assert code == 2
    assert "--overwrite" in err
    assert typed("gate", source, out, "--text", "body", "--overwrite")[0] == 0


def test_a_folder_without_a_gate(typed: Type, source: Path, tmp_path: Path) -> None:
    code, _, err = typed(tmp_path, source, tmp_path / "out")
    assert code == 7
    assert "there is no gate.json" in err
