"""What no later stage could use leaves first, with its reason, and can be stored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatewright.training.curation import drop_unusable
from gatewright.training.examples import write_dropped


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u200b\u200b", "\ufeff"])
def test_blank_text_goes(text: str, make: Any) -> None:
    kept, dropped = drop_unusable([make(text), make("fine")])
    assert [each.text for each in kept] == ["fine"]
    assert [each.reason for each in dropped] == ["no text"]


def test_an_exchange_needs_both_texts(make: Any) -> None:
    examples = [make(prompt="p", response=" "), make(prompt="p", response="r")]
    assert drop_unusable(examples).kept == examples[1:]


def test_an_example_without_any_text_goes(make: Any) -> None:
    assert [each.reason for each in drop_unusable([make()]).dropped] == ["no text"]


def test_an_example_without_verdict_goes(make: Any) -> None:
    blank = replace(make("text"), verdicts={})
    assert [each.reason for each in drop_unusable([blank]).dropped] == ["no verdict"]


def test_a_lone_surrogate_goes_and_its_record_can_be_written(make: Any, tmp_path: Path) -> None:
    kept, dropped = drop_unusable([make("a \ud800 b", group="g"), make("a \U0001f600 b")])
    assert [each.text for each in kept] == ["a \U0001f600 b"]
    write_dropped(tmp_path / "dropped.jsonl", dropped)
    record = json.loads((tmp_path / "dropped.jsonl").read_text(encoding="utf-8"))
    assert (record["reason"], record["example"]["text"]) == ("not Unicode", "a ? b")
