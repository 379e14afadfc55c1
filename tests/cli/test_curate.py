"""The verb `curate`, as it is typed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.locking import held
from gatewright.training.curation import load
from gatewright.training.examples import Example, write_examples

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    def typed(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return typed


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with 80 distinct examples and two copies."""
    examples = [_example(at) for at in range(80)]
    copies = [_example(0, group="copy"), _example(1, group="another copy")]
    write_examples(tmp_path / "run/examples/examples.parquet", [*examples, *copies])
    return tmp_path / "run"


def _example(at: int, group: str | None = None) -> Example:
    drawn = random.Random(at)
    text = " ".join(f"{drawn.randrange(26**5):x}" for _ in range(20))
    clause = "weather/rain" if at % 2 else "weather/past"
    return Example(verdicts={"weather": at % 2}, clause=clause, group=group or str(at), text=text)


def test_it_counts_by_clause_verdict_and_split(type_: Type, run: Path) -> None:
    code, out, err = type_("curate", run)
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "weather/rain restricted 24 5 11" in lines
    assert "weather/past permitted 24 5 11" in lines
    assert "all 48 10 22" in lines
    assert "82 in, 80 kept, 2 dropped (2 exact duplicate)" in lines


def test_json_is_one_object_and_the_files_agree_with_it(type_: Type, run: Path) -> None:
    code, out, _ = type_("curate", run, "--json")
    report = json.loads(out)
    assert code == 0
    assert (report["in"], report["kept"], report["dropped"]) == (82, 80, 2)
    assert report["splits"] == {
        name: len(part) for name, part in load(run / "curated")._asdict().items()
    }
    assert len((run / "curated/dropped.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_the_seed_moves_examples(type_: Type, run: Path) -> None:
    found = []
    for seed in (0, 0, 1):
        assert type_("curate", run, "--seed", seed)[0] == 0
        found.append({each.id for each in load(run / "curated").train})
    assert found[0] == found[1] != found[2]


def test_a_run_without_examples_is_told_how_to_make_some(type_: Type, tmp_path: Path) -> None:
    code, out, err = type_("curate", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert "gatewright synthesize" in err
    assert not (tmp_path / "nowhere").exists()


def test_too_few_examples_are_a_question_of_quality(type_: Type, run: Path) -> None:
    write_examples(run / "examples/examples.parquet", [_example(0), _example(1)])
    code, _, err = type_("curate", run)
    assert code == 6
    assert "too few examples to split" in err
    assert not (run / "curated").exists()


def test_a_run_that_is_worked_on_is_left_alone(type_: Type, run: Path) -> None:
    with held(run / "run.lock"):
        assert type_("curate", run)[0] == 3
    assert not (run / "curated").exists()
