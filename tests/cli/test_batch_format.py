"""`gatewright synthesize --to-batch --batch-format`, as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.constitution import parse
from gatewright.training.generators.scripted import sound_reply
from gatewright.training.synthesis import plan, requests_for


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`type_(*words)`: exit code, stdout and stderr of `gatewright synthesize WORDS`."""

    def typed(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["synthesize", *map(str, words)])
        assert isinstance(end.value.code, int)
        return (end.value.code, *capsys.readouterr())

    return typed


def test_anthropics_format_goes_out_and_comes_back_without_being_named(
    type_: Callable[..., tuple[int, str, str]], policy: Callable[[str], str], tmp_path: Path
) -> None:
    path, requests = tmp_path / "parcels.md", tmp_path / "requests.jsonl"
    path.write_text(policy("exchange"))
    where = (path, "--out", tmp_path / "run")
    options = ("--batch-format", "anthropic", "--model", "m", "--examples", 30, "--json")
    code, out, _ = type_(*where, "--to-batch", requests, *options)
    assert code == 0
    lines = [json.loads(line) for line in requests.read_text().splitlines()]
    assert len(lines) == json.loads(out)["written"] > 0
    assert {line["params"]["model"] for line in lines} == {"m"}

    constitution = parse(policy("exchange"))
    asked = requests_for(constitution, plan(constitution, examples=30, seed=0))
    replies = tmp_path / "replies.jsonl"
    rows = []
    for request in asked:
        text = json.dumps(sound_reply(request, constitution.fields))
        message = {
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "model": "m-1",
        }
        result = {"type": "succeeded", "message": message}
        rows.append(json.dumps({"custom_id": request.id, "result": result}))
    replies.write_text("\n".join(rows))
    code, out, _ = type_(*where, "--from-batch", replies, "--json")
    report = json.loads(out)
    assert code == 0
    assert report["answered"] == report["new replies"] == len(lines)
    assert report["kept"] >= 30


def test_a_format_we_do_not_know_lists_those_we_do(
    type_: Callable[..., tuple[int, str, str]], policy: Callable[[str], str], tmp_path: Path
) -> None:
    path = tmp_path / "parcels.md"
    path.write_text(policy("exchange"))
    where = (path, "--out", tmp_path / "run", "--to-batch", tmp_path / "q.jsonl")
    code, _, err = type_(*where, "--batch-format", "other")
    assert code == 2
    assert "openai, anthropic" in " ".join(err.split())
