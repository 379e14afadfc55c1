"""The verb `verify`, as it is typed: by batch file in two rounds, and from recorded verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatewright.cli import main
from gatewright.training import read_examples

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """`type_(*words)`: exit code, stdout and stderr of `gatewright WORDS`."""

    def typed(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([*words])
        assert isinstance(end.value.code, int)
        return (end.value.code, *capsys.readouterr())

    return typed


@pytest.fixture
def run(weather: str, tmp_path: Path, type_: Type) -> str:
    """A run folder with written examples."""
    out = str(tmp_path / "run")
    words = ("--out", out, "--generator", "composed", "--examples", "60")
    assert type_("synthesize", weather, *words)[0] == 0
    return out


def judged(requests: Path, replies: Path) -> int:
    """Answer a batch of judges' and advocates' requests, as a provider would: the recall judge
    restricts whatever speaks of Tuesday, unless an advocate spoke."""
    lines = [json.loads(line) for line in requests.read_text(encoding="utf-8").splitlines()]
    with replies.open("w", encoding="utf-8") as file:
        for line in lines:
            content = line["body"]["messages"][1]["content"]
            found = re.search(r"\[data (\w+)\]\n(.*)\n\[end of data \1\]", content, re.DOTALL)
            assert found
            items = [json.loads(each) for each in found[2].splitlines()]
            if "advocate of the label" in content:
                entries: list[dict[str, Any]] = [{"case": "it is"} for _ in items]
                reply = {"cases": entries}
            else:
                lean = "recall" if "overlooks nothing" in content else "precision"
                entries = [verdict(lean, each) for each in items]
                reply = {"verdicts": entries}
            for entry, item in zip(entries, items, strict=True):
                entry["item"] = item["item"]
            choice = {"message": {"content": json.dumps(reply)}, "finish_reason": "stop"}
            body = {"choices": [choice], "model": "m"}
            response = {"status_code": 200, "body": body}
            file.write(json.dumps({"custom_id": line["custom_id"], "response": response}) + "\n")
    return len(lines)


def verdict(lean: str, item: dict[str, Any]) -> dict[str, Any]:
    text = item["text"]
    restricted = "predict" in text.lower() or "will rain" in text
    if lean == "recall" and "case" not in item:
        restricted = restricted or "Tuesday" in text
    return {
        "verdict": "restricted" if restricted else "permitted",
        "clause": "forecasts/rain" if restricted else "none",
        "quote": text[:30],
        "reason": "",
    }


def test_a_debate_by_batch_file_and_its_recording(
    weather: str, run: str, type_: Type, tmp_path: Path
) -> None:
    asked, answered = tmp_path / "asked.jsonl", tmp_path / "answered.jsonl"
    rounds = []
    while True:
        code, out, _ = type_("verify", weather, "--out", run, "--to-batch", str(asked), "--json")
        assert code == 0
        if json.loads(out)["requests"] == 0:
            break
        rounds.append(judged(asked, answered))
        words = ("verify", weather, "--out", run, "--from-batch", str(answered), "--json")
        code, out, err = type_(*words)
        assert code == 0
        summary = json.loads(out)
        total = len(read_examples(Path(run) / "examples/examples.parquet"))
        assert summary["kept"] + summary["dropped"] + summary["waiting"] == total
        assert ("wait for replies" in err) == (summary["waiting"] > 0)
    # the judges' first round, the advocate, the judges again
    assert len(rounds) == 3
    kept = read_examples(Path(run) / "verified/examples.parquet")
    assert {each.source["critic"]["rounds"] for each in kept} == {1, 2}

    record = tmp_path / "weather.verdicts.jsonl"
    again = ("--from-batch", str(answered), "--record", str(record))
    assert type_("verify", weather, "--out", run, *again)[0] == 0
    assert len(record.read_text(encoding="utf-8").splitlines()) == sum(rounds)
    # the recording lies beside the weather, and judges the same examples in the same way
    code, out, _ = type_("verify", weather, "--out", run, "--json")
    assert code == 0
    assert json.loads(out)["results"] == {**summary["results"]}
    assert [each.id for each in read_examples(Path(run) / "verified/examples.parquet")] == [
        each.id for each in kept
    ]
    # curate goes on with what was verified
    code, out, _ = type_("curate", run, "--json")
    assert json.loads(out)["in"] == len(kept)


def test_without_judges_it_says_who_could(weather: str, run: str, type_: Type) -> None:
    code, _, err = type_("verify", weather, "--out", run)
    assert code == 2
    assert "--judges openai:MODEL" in err


def test_without_examples_it_says_how_to_get_some(
    weather: str, type_: Type, tmp_path: Path
) -> None:
    code, _, err = type_("verify", weather, "--out", str(tmp_path / "none"))
    assert code == 2
    assert f"gatewright synthesize {weather}" in err


@pytest.mark.parametrize("role", ["judge", "advocate,nobody", "writer=composed"])
def test_an_unknown_role_is_refused(weather: str, run: str, type_: Type, role: str) -> None:
    code, _, err = type_("verify", weather, "--out", run, "--judges", "composed", "--roles", role)
    assert code == 2
    assert "ROLE=NAME:ARGUMENT" in err


def test_a_script_can_judge_and_what_it_leaves_waits(
    weather: str, run: str, type_: Type, tmp_path: Path
) -> None:
    script = tmp_path / "judge.jsonl"
    script.write_text(json.dumps({"role": "grader", "every": 2, "reply": '{"verdicts": []}'}))
    words = ("--judges", f"scripted:{script}", "--mode", "grader", "--json")
    code, out, err = type_("verify", weather, "--out", run, *words)
    assert code == 0
    summary = json.loads(out)
    assert summary["waiting"] > 0
    assert summary["dropped_by_reason"].keys() == {"void"}
    assert "examples wait" in err


def test_critics_are_measured_step_by_step(
    weather: str, run: str, type_: Type, tmp_path: Path
) -> None:
    asked, answered = tmp_path / "asked.jsonl", tmp_path / "answered.jsonl"
    to_batch = ("verify", weather, "--out", run, "--to-batch", str(asked), "--mode", "grader")
    from_batch = ("--from-batch", str(answered), "--mode", "grader")
    assert type_(*to_batch)[0] == 0
    judged(asked, answered)
    assert type_("verify", weather, "--out", run, *from_batch)[0] == 0
    assert type_(*to_batch, "--measure-critics", "8")[0] == 0
    lines = [json.loads(line) for line in asked.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 8
    assert all("turns round" in line["body"]["messages"][1]["content"] for line in lines)
    words = (*from_batch, "--measure-critics", "8", "--json")
    code, out, _ = type_("verify", weather, "--out", run, *words)
    assert code == 0
    assert json.loads(out)["critics"] == "not all have answered yet"
    critics = json.loads((Path(run) / "verified/critics.json").read_text(encoding="utf-8"))
    assert critics["critics"] == {"grader": None}
    assert critics["tampered"]["waiting"] == 8
