"""The verb `synthesize`, as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatewright.cli import main
from gatewright.training import Example, read_examples

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path) -> str:
    return str(tmp_path / "run")


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """`type_(*words)`: exit code, stdout and stderr of `gatewright synthesize WORDS`."""

    def typed(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["synthesize", *words])
        assert isinstance(end.value.code, int)
        return (end.value.code, *capsys.readouterr())

    return typed


def replies_to(requests: Path) -> list[dict[str, Any]]:
    """A provider's replies to a batch file, as it would write them."""
    rows = []
    for number, line in enumerate(requests.read_text().splitlines()):
        request = json.loads(line)
        schema = request["body"]["response_format"]["json_schema"]["schema"]
        value: dict[str, Any] = {"examples": [{"text": f"{number} {n}"} for n in range(3)]}
        if schema["required"] == ["pairs"]:
            sides = ("restricted", "permitted")
            value = {"pairs": [{s: {"text": f"{number} {n} {s}"} for s in sides} for n in range(2)]}
        message = {"content": json.dumps(value)}
        body = {"model": "m", "choices": [{"message": message, "finish_reason": "stop"}]}
        rows.append({"custom_id": request["custom_id"], "response": {"body": body}})
    return rows


def test_a_policy_alone_is_composed_and_said_to_be_weak(
    type_: Type, weather: str, run: str
) -> None:
    code, out, err = type_(weather, "--out", run, "--examples", "60", "--json")
    report = json.loads(out)
    assert code == 0
    assert "weak" in err
    assert "--to-batch" in err
    assert report["planned"] == report["answered"]
    assert report["kept"] == sum(report["kept_by_verdict"].values()) >= 60
    assert len(read_examples(Path(run) / "examples" / "examples.parquet")) == report["kept"]
    assert (Path(run) / "examples" / "dropped.jsonl").read_text() == ""


def test_the_table_says_the_same(type_: Type, weather: str, run: str) -> None:
    code, out, _ = type_(weather, "--out", run, "--examples", "20")
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert any(row.startswith("kept by verdict: restricted ") for row in rows)
    assert any(row.startswith("planned ") for row in rows)


def test_requests_go_out_and_replies_come_back_by_file(
    type_: Type, weather: str, run: str, tmp_path: Path
) -> None:
    requests, replies = tmp_path / "requests.jsonl", tmp_path / "replies.jsonl"
    code, out, _ = type_(
        weather, "--out", run, "--to-batch", str(requests), "--model", "x", "--json"
    )
    assert code == 0
    written = json.loads(out)["written"]
    assert len(requests.read_text().splitlines()) == written
    assert not (Path(run) / "examples").exists()
    replies.write_text("\n".join(json.dumps(each) for each in replies_to(requests)[5:]))
    code, out, _ = type_(weather, "--out", run, "--from-batch", str(replies), "--json")
    assert code == 0
    report = json.loads(out)
    assert (report["answered"], report["unanswered"]) == (written - 5, 5)
    assert report["new replies"] == written - 5
    code, out, _ = type_(weather, "--out", run, "--to-batch", str(requests), "--json")
    assert json.loads(out)["written"] == 5


def test_a_recording_is_written_and_then_the_default(
    type_: Type, weather: str, run: str, tmp_path: Path
) -> None:
    recording = tmp_path / "weather.replies.jsonl"
    _, out, _ = type_(
        weather, "--out", run, "--examples", "30", "--record", str(recording), "--json"
    )
    composed = json.loads(out)
    assert composed["recorded"] == composed["answered"] == len(recording.read_text().splitlines())
    code, out, err = type_(weather, "--out", f"{run}-2", "--json")
    replayed = json.loads(out)
    assert code == 0
    assert "recorded" in err
    assert replayed["kept_by_verdict"] == composed["kept_by_verdict"]
    examples = [read_examples(Path(f"{run}{n}/examples/examples.parquet")) for n in ("", "-2")]
    assert [each.id for each in examples[0]] == [each.id for each in examples[1]]


def test_a_script_shows_what_a_bad_generator_costs(
    type_: Type, weather: str, run: str, tmp_path: Path
) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text('{"every": 3, "fault": "refusal"}\n{"fault": "none"}\n')
    _, out, _ = type_(weather, "--out", run, "--generator", f"scripted:{script}", "--json")
    report = json.loads(out)
    assert report["dropped_by_reason"] == {"refused": (report["planned"] + 2) // 3}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--generator", "nothing"], "installed: "),
        (["--generator", "recorded"], "no recorded replies"),
        (["--from-batch", "none.jsonl"], "--to-batch"),
        (["--from-batch", "a", "--to-batch", "b"], "two steps"),
    ],
)
def test_a_mistake_is_a_sentence(
    type_: Type, weather: str, run: str, words: list[str], message: str
) -> None:
    code, _, err = type_(weather, "--out", run, *words)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_a_policy_that_is_neither_file_nor_bundled_is_a_sentence(type_: Type, run: str) -> None:
    code, _, err = type_("no-such-policy", "--out", run)
    assert code == 2
    assert "no-such-policy" in err


def test_a_dry_run_asks_nothing_and_says_what_asking_would_come_to(
    weather: str, run: str, type_: Type
) -> None:
    words = (weather, "--out", run, "--generator", "composed", "--examples", "60")
    code, out, _ = type_(*words, "--dry-run", "--json")
    assert code == 0
    assert "calls, about" in json.loads(out)["asking would come to"]
    assert not (Path(run) / "examples").exists()
    assert type_(*words)[0] == 0
    code, out, _ = type_(*words, "--dry-run", "--json")
    assert json.loads(out)["asking would come to"].startswith("0 calls")


def test_an_option_the_generator_does_not_know_is_refused(
    weather: str, run: str, type_: Type
) -> None:
    words = (weather, "--out", run, "--generator", "composed", "--max-calls", "3")
    code, _, err = type_(*words)
    assert code == 2
    assert "takes no --max-calls" in err


def answered(requests: Path, replies: Path, reply: Callable[[str, str], Any]) -> None:
    """A provider's batch: what `reply` says to each request's id and message."""
    lines = []
    for line in requests.read_text().splitlines():
        row = json.loads(line)
        said = reply(row["custom_id"], row["body"]["messages"][-1]["content"])
        message = {"role": "assistant", "content": json.dumps(said)}
        body = {"model": "m", "choices": [{"message": message, "finish_reason": "stop"}]}
        response = {"status_code": 200, "body": body}
        lines.append(json.dumps({"custom_id": row["custom_id"], "response": response}))
    replies.write_text("\n".join(lines) + "\n")


def test_roles_answer_by_batch_in_turns(
    weather: str, run: str, type_: Type, tmp_path: Path
) -> None:
    def reply(name: str, message: str) -> Any:
        if name.startswith("planner"):
            value = {"item": 1, "value": "a hailstorm", "polarity": 0.0, "probability": 0.1}
            return {"values": [value, {**value, "value": ""}]}
        if name.startswith("reformatter"):
            return {"texts": [{"item": 1, "text": f"said otherwise: {name}"}]}
        listed = "pairs" if '"pairs"' in message else "examples"
        texts = [{"text": f"{name} {n}"} for n in range(6)]
        if listed == "examples":
            return {"examples": texts[:3]}
        return {"pairs": [{"restricted": texts[n], "permitted": texts[n + 3]} for n in range(2)]}

    requests, replies = tmp_path / "requests.jsonl", tmp_path / "replies.jsonl"
    varied = tmp_path / "varied.md"
    varied.write_text(Path(weather).read_text() + "\n### Dimensions\n- topic: rain, wind\n")
    words = (str(varied), "--out", run, "--roles", "planner,reformatter", "--json")
    turns = []
    for _ in range(3):
        code, out, err = type_(*words, "--examples", "60", "--to-batch", str(requests))
        assert code == 0, err
        turns.append(json.loads(out)["written"])
        answered(requests, replies, reply)
        code, out, err = type_(*words, "--from-batch", str(replies))
        assert code == 0, err
    assert turns[0] == 1
    assert "hailstorm" in json.dumps([each.source for each in examples_of(run)])
    assert any(str(each.text).startswith("said otherwise") for each in examples_of(run))
    assert json.loads(out)["dropped_by_reason"] == {"no short value": 1}
    assert "wait for a role" not in err
    code, out, _ = type_(*words, "--examples", "60", "--to-batch", str(requests))
    assert json.loads(out)["written"] == 0


def examples_of(run: str) -> list[Example]:
    return read_examples(Path(run) / "examples" / "examples.parquet")


def test_roles_are_played_by_a_script(weather: str, run: str, type_: Type, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    lines = [{"role": "reformatter", "reply": '{"texts": []}'}, {"role": "writer", "fault": "none"}]
    script.write_text("".join(json.dumps(line) + "\n" for line in lines))
    words = (weather, "--out", run, "--generator", f"scripted:{script}", "--roles", "reformatter")
    code, out, _ = type_(*words, "--examples", "60", "--json")
    assert code == 0
    summary = json.loads(out)
    assert set(summary["dropped_by_reason"]) == {"left out"}
    assert summary["kept"] >= 60
