"""Seed texts, roles and disguises are settings of a run like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatewright.errors import InputError
from gatewright.training.curation import load
from gatewright.training.examples import Example, read_examples
from gatewright.training.runs.running import run
from gatewright.training.runs.settings import RunSettings
from gatewright.training.runs.stages import STAGES

SYNTHESIS = tuple(each for each in STAGES if each.name == "synthesize")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    rows = [{"note": f"box {n} still in the van, back at {n % 9}"} for n in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0]]))
    return path


def synthesized(policy: Path, out: Path, settings: RunSettings, said: list[str]) -> list[Example]:
    result = run(policy, out, settings, stages=SYNTHESIS, say=said.append)
    return read_examples(result.folder.examples / "examples.parquet")


def test_seed_texts_give_examples_their_lineage(policy: Path, log: Path, tmp_path: Path) -> None:
    settings = RunSettings.asked(
        policy, generator="composed", examples=120, seed_texts=log, text="note"
    )
    said: list[str] = []
    examples = synthesized(policy, tmp_path / "run", settings, said)
    assert "seed texts: 40; left out: 1 the same text again" in said
    assert all(each.group.startswith("seed-") for each in examples)
    assert 10 < len({each.group for each in examples}) <= 40


def test_roles_take_part(policy: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    lines = [{"role": "reformatter", "reply": '{"texts": []}'}, {"role": "writer", "fault": "none"}]
    script.write_text("".join(json.dumps(line) + "\n" for line in lines))
    settings = RunSettings(generator=f"scripted:{script}", examples=60, roles="reformatter")
    assert synthesized(policy, tmp_path / "run", settings, [])
    dropped = (tmp_path / "run/examples/dropped.jsonl").read_text().splitlines()
    assert {json.loads(line)["stage"] for line in dropped} == {"reformatter"}


def test_disguised_siblings_are_made_to_learn_from(policy: Path, tmp_path: Path) -> None:
    settings = RunSettings(generator="composed", examples=200, disguise=0.5)
    stages = tuple(each for each in STAGES if each.name in ("synthesize", "verify", "curate"))
    result = run(policy, tmp_path / "run", settings, stages=stages)
    report = result.stages[-1].result
    parts = load(result.folder.curated)
    siblings = [each for each in parts.train if "transform" in each.source]
    assert 0 < len(siblings) <= report["siblings"]["added"]
    assert not any("transform" in each.source for each in parts.certification)
    assert sum(map(len, parts)) == report["kept"] + report["siblings"]["added"]


def test_a_file_that_is_not_there_is_named_before_anything_is_asked(policy: Path) -> None:
    with pytest.raises(InputError, match=r"--seed-texts nowhere\.jsonl"):
        RunSettings.asked(policy, generator="scripted", seed_texts="nowhere.jsonl")
