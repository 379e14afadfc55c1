"""The verb `run`: its options, and how it is refused."""

from __future__ import annotations

import inspect
import json
import shlex
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.cli.run import command
from gatewright.locking import held
from gatewright.training.runs import RunSettings

POLICY = """---
name: parcels
version: 1.0.0
judges: document
---
# Parcels
What couriers may write about parcels.

## Contents {#contents}
Telling what is in a parcel invites theft.
### Restricted
- {#reveal} Telling what a particular parcel holds.
### Permitted
- {#size} Telling the size or the weight of a parcel.
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "parcels.md"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def begun(policy: Path, tmp_path: Path) -> Path:
    """A run folder of which only the questions are there yet."""
    out = tmp_path / "run"
    out.mkdir()
    (out / "constitution.md").write_bytes(policy.read_bytes())
    RunSettings(generator="composed").write(out / "config.toml")
    return out


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        main(["run", *map(str, words)])
    output = capsys.readouterr()
    assert output.out == ""
    assert isinstance(end.value.code, int)
    return end.value.code, output.err


def test_every_setting_is_an_option_with_the_same_default() -> None:
    options = inspect.signature(command).parameters
    for name, field in RunSettings.model_fields.items():
        default = None if name in ("generator", "verify") else field.default
        assert options[name].default == default, name


def test_an_edited_constitution_exits_2_with_the_edit(
    policy: Path, begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.write_text(POLICY.replace("the weight", "the heaviness"), encoding="utf-8")
    code, said = refused(capsys, policy, "--out", begun)
    assert code == 2
    assert "+- {#size} Telling the size or the heaviness of a parcel." in said
    assert "--accept-change" in said


def test_other_settings_exit_2_with_both_values(
    policy: Path, begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refused(capsys, policy, "--out", begun, "--seed", 5, "--budget", 0.1)
    assert code == 2
    assert "seed: 0 here, 5 now" in said
    assert "budget: 0.05 here, 0.1 now" in said
    assert shlex.join(["gatewright", "run", str(policy), "--out", str(begun)]) in said


def test_a_constitution_with_errors_exits_2_and_names_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.md"
    broken.write_text("# No front matter\n")
    code, said = refused(capsys, broken, "--out", tmp_path / "run")
    assert code == 2
    assert f"{broken}:1:" in said
    assert not (tmp_path / "run").exists()


def test_a_folder_in_use_exits_3_and_names_the_holder(
    policy: Path, begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with held(begun / "run.lock"):
        code, said = refused(capsys, policy, "--out", begun)
    assert code == 3
    assert "in use by process" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--examples", "0", "--seed", "-1"], ["examples is 0", "seed is -1"]),
        (["--templates", "nowhere"], ["--templates nowhere: there is no such"]),
        (["--benign", "nowhere.jsonl"], ["--benign nowhere.jsonl: there is no such"]),
    ],
)
def test_options_out_of_range_exit_2(
    policy: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: list[str],
) -> None:
    code, message = refused(capsys, policy, "--out", tmp_path / "run", *words)
    assert code == 2
    assert all(part in message for part in said)
    assert not (tmp_path / "run").exists()


def test_an_unknown_generator_exits_2(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refused(capsys, policy, "--out", tmp_path / "run", "--generator", "oracle")
    assert code == 2
    assert "no generator 'oracle'" in said


def test_an_unknown_base_exits_7_before_anything_is_asked(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    options = ["--generator", "composed", "--base", "./no/such/model"]
    code, said = refused(capsys, policy, "--out", out, *options)
    assert code == 7
    assert "no base model './no/such/model'" in said
    assert not (out / "replies.sqlite").exists()


def test_too_few_examples_exit_6_before_the_training(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    options = ["--generator", "composed", "--examples", "40"]
    code, said = refused(capsys, policy, "--out", out, *options)
    assert code == 6
    assert "takes 59 permitted examples" in said
    assert f"{shlex.join(['--out', str(out), *options])} --accept-change" in said
    manifest = json.loads((out / "manifest.json").read_text())
    stages = [each["name"] for each in manifest["stages"]]
    assert stages == ["check", "synthesize", "verify", "curate"]


def test_a_file_for_out_exits_2(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capsys, policy, "--out", policy)
    assert code == 2
    assert "is a file" in said
