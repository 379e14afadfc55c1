"""The verb `check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.constitution import load, starter


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.md"
    path.write_text(starter("policy", "document"), encoding="utf-8")
    return path


def check(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main(["check", *map(str, arguments)])
    assert isinstance(end.value.code, int)
    return end.value.code


def edit(policy: Path, old: str, new: str) -> None:
    text = policy.read_text(encoding="utf-8")
    assert old in text
    policy.write_text(text.replace(old, new), encoding="utf-8")


def test_a_good_policy_is_summed_up(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(policy, "--strict") == 0
    digest = load(policy).digest[:16]
    expected = f"{policy}: ok, 0 warnings; 2 rules, 9 clauses; digest {digest}\n"
    assert capsys.readouterr().out == expected


def test_errors_are_listed_and_exit_with_2(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(policy, "{#pitch}", "{#about}")
    edit(policy, "judges: document", "judges: documents")
    assert check(policy) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{policy}:4:9: error: judges is 'documents'; expected one of")
    assert "error: the id 'about' is taken" in lines[1]
    assert lines[-1].endswith("2 errors, 0 warnings")


def test_warnings_fail_only_when_strict(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(policy, "{#pitch} ", "")
    edit(policy, "restricted (pitch)", "restricted (praising-an-offer-and-calling)")
    assert check(policy) == 0
    assert check(policy, "--strict") == 2
    assert capsys.readouterr().out.count("warning: no id written") == 2


def test_json_is_one_object(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(policy, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    constitution = load(policy)
    assert report["ok"] is True
    assert (report["errors"], report["warnings"]) == ([], [])
    assert report["digest"] == constitution.digest
    assert report["clauses"]["advertising/pitch"] == constitution.clause("advertising/pitch").digest
    assert list(report["rules"]) == ["advertising", "private-data"]


def test_json_lists_errors(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(policy, "version: 0.1.0", "version: &a 1")
    assert check(policy, "--json") == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["digest"]) == (False, None)
    (error,) = report["errors"]
    assert (error["line"], error["column"]) == (3, 1)
    assert "anchor" in error["message"]


def test_strict_json_is_not_ok_with_warnings(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(policy, "# Policy", "# Policy\n<div>x</div>")
    assert check(policy, "--json", "--strict") == 2
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False


def test_an_absent_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path / "absent.md") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "there is no file" in output.err


def test_control_characters_do_not_reach_the_terminal(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(policy, "## Terms", "## Terms\x1b[31m")
    assert check(policy) == 2
    assert "\x1b" not in capsys.readouterr().out
