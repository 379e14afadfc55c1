"""The verb `train`, as it is typed, on a tiny base model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.training.examples import Example, write_examples

POLICY = """---
name: weather
version: 1.0.0
judges: document
---
# Weather
What may be said about the weather.

## Forecasts {#forecasts}
Forecasts are for those who make them.
### Restricted
- {#rain} Predicting rain.
### Permitted
- {#past} Telling how the weather was.
"""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
QUICK = ("--epochs", "1", "--lora-rank", "2", "--max-tokens", "48", "--stride", "8")

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def base(letters_bert: Path) -> str:
    """A BERT of one layer with random weights that reads letters."""
    return str(letters_bert)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    for name, size in (("train", 12), ("validation", 6)):
        examples = [
            Example(
                text=f"{name} {'it will rain' if at % 2 else 'it was dry'} {LETTERS[at]}",
                verdicts={"forecasts": at % 2},
                clause="forecasts/rain",
                group=f"{name} {at}",
            )
            for at in range(size)
        ]
        write_examples(folder / "curated" / f"{name}.parquet", examples)
    (folder / "constitution.md").write_text(POLICY, encoding="utf-8")
    return folder


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """`type_(*words)`: exit code, stdout and stderr of `gatewright train WORDS`."""

    def typed(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["train", *words])
        assert isinstance(end.value.code, int)
        return (end.value.code, *capsys.readouterr())

    return typed


def test_a_run_folder_gets_its_gate(type_: Type, run: Path, base: str) -> None:
    code, out, err = type_(str(run), "--base", base, *QUICK)
    assert code == 0
    assert "trained on 12 examples for 1 epochs (all epochs)" in out
    assert f"next: gatewright certify {run}" in out
    assert "epoch 1: training loss" in err
    assert json.loads((run / "gate" / "gate.json").read_text())["thresholds"] is None
    assert (run / "checkpoints" / "epoch-0001" / "manifest.json").is_file()


def test_json_is_one_object_and_nothing_else(type_: Type, run: Path, base: str) -> None:
    code, out, _ = type_(str(run), "--base", base, *QUICK, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["trained_on"] == 12
    assert told["gate"] == str(run / "gate")


def test_named_places_do_without_a_run_folder(
    type_: Type, run: Path, base: str, tmp_path: Path
) -> None:
    places = {"--curated": run / "curated", "--policy": run / "constitution.md"}
    words = [str(part) for pair in places.items() for part in pair]
    code, out, _ = type_(*words, "--out", str(tmp_path / "mine"), "--base", base, *QUICK)
    assert code == 0
    assert f"gate without thresholds: {tmp_path / 'mine'}" in out
    assert (tmp_path / "mine-checkpoints" / "log.jsonl").is_file()
    assert not (run / "gate").exists()


def test_places_left_out_are_asked_for(type_: Type, run: Path) -> None:
    code, out, err = type_("--curated", str(run / "curated"))
    assert (code, out) == (2, "")
    assert "--policy FILE and --out GATE" in err


def test_a_run_without_curated_examples_says_what_to_type(type_: Type, tmp_path: Path) -> None:
    code, _, err = type_(str(tmp_path))
    assert code == 2
    assert f"gatewright curate {tmp_path}" in err


def test_a_run_in_use_is_left_alone(type_: Type, run: Path, base: str) -> None:
    from gatewright.locking import held

    with held(run / "run.lock"):
        code, _, err = type_(str(run), "--base", base, *QUICK)
    assert code == 3
    assert "in use by process" in err
    assert not (run / "gate").exists()


def test_an_impossible_number_is_a_sentence(type_: Type, run: Path, base: str) -> None:
    code, _, err = type_(str(run), "--base", base, "--epochs", "0")
    assert code == 2
    assert "epochs is 0; expected 1 to 10000" in err
