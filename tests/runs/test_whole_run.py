"""Real stages on a tiny base model: what a run leaves, says, and does again."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.training.examples import read_examples
from gatewright.training.runs.manifest import content_digest, digests
from gatewright.training.runs.running import RunResult, run
from gatewright.training.runs.settings import RunSettings
from gatewright.training.runs.stages import STAGES
from gatewright.training.runs.telling import as_values, next_steps

NAMES = ["check", "synthesize", "verify", "curate", "train", "certify"]
LASTING = (
    "constitution.md",
    "config.toml",
    "examples",
    "curated",
    "gate",
    "metrics.json",
)


def test_every_stage_accounts_for_what_it_took_in(whole: RunResult) -> None:
    counts = {each.name: each.counts for each in whole.stages}
    assert list(counts) == NAMES
    examples = read_examples(whole.folder.examples / "examples.parquet")
    curated = whole.folder.curated
    lost = (curated / "dropped.jsonl").read_text(encoding="utf-8").splitlines()
    splits = {
        name: len(read_examples(curated / f"{name}.parquet"))
        for name in ("train", "validation", "certification")
    }
    assert counts["synthesize"].kept == counts["curate"].entered == len(examples)
    assert counts["curate"].kept == sum(splits.values())
    assert counts["curate"].dropped == len(lost)
    assert counts["train"].entered == splits["train"] + splits["validation"]
    assert counts["certify"].entered == splits["certification"]


def test_the_manifest_names_every_file_of_the_gate(whole: RunResult) -> None:
    outputs = {name for each in whole.stages for name in each.outputs}
    assert set(digests(whole.folder.root, LASTING)) - {"config.toml"} <= outputs


def test_the_gate_works(whole: RunResult, small: RunSettings) -> None:
    from gatewright import Gate

    verdict = Gate.load(whole.folder.gate, base=small.base)("The box weighs two kilos.")
    assert verdict.decision in ("kept", "dropped", "undecided")
    assert set(verdict.scores) == {"contents"}


def test_the_metrics_are_strict_json(whole: RunResult) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    metrics = json.loads(whole.folder.metrics.read_text(), parse_constant=refuse)
    assert metrics["overall"]["n"] == whole.stages[-1].counts.entered


def test_one_seed_gives_the_same_bytes(
    whole: RunResult, small_policy: Path, small: RunSettings, tmp_path: Path
) -> None:
    again = run(small_policy, tmp_path / "again", small, stages=STAGES)
    assert digests(again.folder.root, LASTING) == digests(whole.folder.root, LASTING)


def test_the_same_command_again_says_what_it_said(
    whole: RunResult,
    small_policy: Path,
    small: RunSettings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = content_digest(whole.folder.gate)
    words = shlex.split(small.command(small_policy, whole.folder.root))
    with pytest.raises(SystemExit) as end:
        main(words[1:])
    output = capsys.readouterr()
    assert end.value.code == 0
    assert output.err.splitlines() == [f"{name}: done before" for name in NAMES]
    lines = " ".join(output.out.split())
    assert "permitted examples never trained on" in lines
    assert "exact duplicate" in lines
    for step in next_steps(whole):
        assert step in output.out
    assert content_digest(whole.folder.gate) == before


def test_the_next_steps_work_as_they_are_printed(
    whole: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [{"text": f"The box of number {at} is late.", "label": at % 2} for at in range(9)]
    for name in ("in.jsonl", "labelled.jsonl"):
        Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    *commands, program = (step.partition(":")[2].strip() for step in next_steps(whole))
    for words in map(shlex.split, commands):
        with pytest.raises(SystemExit) as end:
            main(words[1:])
        assert end.value.code == 0, words
    sorted_rows = [Path("filtered", f"{each}.jsonl").read_text().splitlines()
                   for each in ("kept", "dropped", "undecided")]  # fmt: skip
    assert sum(map(len, sorted_rows)) == len(rows)
    exec(program, {})


def test_json_is_one_object_on_stdout(
    whole: RunResult,
    small_policy: Path,
    small: RunSettings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = shlex.split(small.command(small_policy, whole.folder.root))
    with pytest.raises(SystemExit) as end:
        main([*words[1:], "--json"])
    assert end.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {**json.loads(json.dumps(as_values(whole))), "done_before": NAMES}
    assert said["gate"] == str(whole.folder.gate)
    assert list(said["stages"]) == NAMES


def _copied(whole: RunResult, tmp_path: Path) -> Path:
    shutil.copytree(whole.folder.root, tmp_path / "copy")
    return tmp_path / "copy"


def _lose(path: Path) -> None:
    path.unlink()


def _uncertify(path: Path) -> None:
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "thresholds": None, "temperature": 1.0}))


@pytest.mark.parametrize(
    ("name", "change", "again"),
    [
        ("gate/gate.json", _uncertify, ["certify"]),
        ("metrics.json", _lose, ["certify"]),
        ("gate/adapter/adapter_config.json", _lose, ["train", "certify"]),
    ],
)
def test_a_gate_that_was_touched_is_made_as_it_was(
    whole: RunResult,
    small_policy: Path,
    small: RunSettings,
    tmp_path: Path,
    name: str,
    change: Callable[[Path], None],
    again: list[str],
) -> None:
    out = _copied(whole, tmp_path)
    change(out / name)
    result = run(small_policy, out, small, stages=STAGES)
    assert [each for each in NAMES if each not in result.done_before] == again
    assert digests(out, LASTING) == digests(whole.folder.root, LASTING)


def test_more_examples_keep_those_there_are(
    whole: RunResult, small_policy: Path, small: RunSettings, tmp_path: Path
) -> None:
    out = _copied(whole, tmp_path)
    more = small.model_copy(update={"examples": 200})
    result = run(small_policy, out, more, stages=STAGES[:2], accept_change=True)
    assert result.done_before == ("check",)
    before, now = (
        {each.id for each in read_examples(root / "examples/examples.parquet")}
        for root in (whole.folder.root, out)
    )
    assert before < now
