"""What is printed, and how."""

from __future__ import annotations

import json
import os

import pytest

from gatewright.cli.console import print_json, print_table, quiet_libraries, shown


def test_text_keeps_its_letters_lines_and_tabs() -> None:
    assert shown("naïve\t日本\n🙂") == "naïve\t日本\n🙂"


def test_control_characters_are_removed() -> None:
    assert shown("a\x00b\x1bc\x7fd\x9be\u202ef\u2066g") == "abcdefg"


def test_a_lone_surrogate_becomes_printable() -> None:
    assert shown("a\udcffb") == "a\ufffdb"


def test_json_is_one_object_whatever_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "\x1b[31m\ud800 é", "n": None}
    print_json(value)
    output = capsys.readouterr().out
    assert json.loads(output) == value
    assert output.isascii()


def test_json_refuses_nan() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        print_json({"score": float("nan")})


def test_a_table_aligns_and_shows_markup_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([("kept", "[bold]12[/bold]"), ("dropped\x1b", 3)], head=("what", "n"))
    lines = capsys.readouterr().out.splitlines()
    assert "[bold]12[/bold]" in lines[-2]
    assert lines[-1].split() == ["dropped", "3"]
    assert lines[-1].index("3") == lines[-2].index("[bold]")


def test_an_empty_table_prints(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([])
    assert capsys.readouterr().out.strip() == ""


def test_libraries_are_quiet_but_the_user_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRANSFORMERS_VERBOSITY", raising=False)
    monkeypatch.setenv("DATASETS_VERBOSITY", "debug")
    quiet_libraries()
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "error"
    assert os.environ["DATASETS_VERBOSITY"] == "debug"
