"""The verb `render`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.constitution import load, render_request, starter


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.md"
    path.write_text(starter("policy", "exchange"), encoding="utf-8")
    return path


def render(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main(["render", *map(str, arguments)])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_prompt_is_shown_exactly(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clause = "advertising/pitch"
    wish = ("--clause", clause, "--verdict", "permitted", "--difficulty", "subtle")
    assert render(policy, *wish, "--set", "setting=on a ship", "--count", "5") == 0
    output = capsys.readouterr().out
    constitution = load(policy)
    values = {each.name: each.values[0] for each in constitution.dimensions}
    prompt = render_request(
        constitution,
        clause,
        verdict="permitted",
        difficulty="subtle",
        values={**values, "setting": "on a ship"},
        count=5,
    )
    for message in prompt.messages:
        assert f"{message['content']}\n" in output
        assert f"{clause}: permitted, subtle: {message['role']}" in output


def test_every_clause_is_shown_in_its_own_verdict(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render(policy) == 0
    output = capsys.readouterr().out
    for clause in load(policy).clauses:
        assert f"{clause.id}: {clause.verdict}, plain: user" in output


def test_json_holds_what_a_generator_is_sent(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render(policy, "--difficulty", "boundary", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    constitution = load(policy)
    assert report["constitution"] == constitution.digest
    assert [each["clause"] for each in report["prompts"]] == [
        each.id for each in constitution.clauses
    ]
    first = report["prompts"][0]
    assert first["schema"]["required"] == ["pairs"]
    assert [each["role"] for each in first["messages"]] == ["system", "user"]
    assert len(first["template_digest"]) == 64


def test_own_templates_are_used(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "write.jinja").write_text("Just {{ count }}, please.")
    assert render(policy, "--clause", "advertising/pitch", "--templates", tmp_path) == 0
    assert "Just 8, please.\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--clause", "advertising/none"], "no clause 'advertising/none'"),
        (["--set", "mood=calm"], "expected NAME=VALUE"),
        (["--templates", "absent"], "there is no folder absent"),
    ],
)
def test_mistakes_exit_with_2(
    arguments: list[str], message: str, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render(policy, *arguments) == 2
    assert message in capsys.readouterr().err


def test_a_template_mistake_names_file_and_line(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "write.jinja").write_text("\n{{ nothing }}")
    assert render(policy, "--templates", tmp_path) == 2
    assert f"{tmp_path / 'write.jinja'}:2: " in capsys.readouterr().err


def test_a_bundled_constitution_is_known_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert render("refusals", "--clause", "refusal/flat") == 0
    assert "(flat)" in capsys.readouterr().out
