"""What was asked stays as it was asked."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.errors import ConstitutionError, InputError
from gatewright.training.runs.running import Stage, run
from gatewright.training.runs.settings import RunSettings

Chain = Callable[..., list[Stage]]
SETTINGS = RunSettings(generator="composed")


def _edit(policy: Path, old: str, new: str) -> None:
    text = policy.read_text(encoding="utf-8")
    assert old in text
    policy.write_text(text.replace(old, new), encoding="utf-8")


def test_an_edited_constitution_stops_with_the_edit_and_the_ways_out(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    _edit(policy, "is worth", "is insured for")
    log: list[str] = []
    with pytest.raises(InputError) as caught:
        run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    message = str(caught.value)
    assert "-- {#worth} Telling what a particular parcel is worth." in message
    assert "+- {#worth} Telling what a particular parcel is insured for." in message
    assert "--accept-change" in message
    assert "another --out" in message
    assert log == []
    assert "is worth" in (tmp_path / "run/constitution.md").read_text()


def test_a_long_edit_is_cut_short(policy: Path, tmp_path: Path, chain: Chain) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    lines = "\n".join(f"Line {number}." for number in range(500))
    _edit(policy, "What couriers may", f"{lines}\nWhat couriers may")
    with pytest.raises(InputError) as caught:
        run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    assert len(str(caught.value).splitlines()) < 50
    assert "\n...\n" in str(caught.value)


def test_an_accepted_edit_replaces_the_copy_and_runs_again(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    _edit(policy, "is worth", "is insured for")
    log: list[str] = []
    run(policy, tmp_path / "run", SETTINGS, stages=chain(log), accept_change=True)
    assert log == ["first", "second", "third"]
    assert (tmp_path / "run/constitution.md").read_bytes() == policy.read_bytes()
    assert run(policy, tmp_path / "run", SETTINGS, stages=chain(log)).done_before


def test_an_edit_with_errors_is_never_accepted(policy: Path, tmp_path: Path, chain: Chain) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    before = (tmp_path / "run/constitution.md").read_bytes()
    policy.write_text("# Nothing left\n")
    with pytest.raises(ConstitutionError):
        run(policy, tmp_path / "run", SETTINGS, stages=chain([]), accept_change=True)
    assert (tmp_path / "run/constitution.md").read_bytes() == before


def test_line_ends_are_copied_as_they_are(policy: Path, tmp_path: Path, chain: Chain) -> None:
    policy.write_bytes(policy.read_bytes().replace(b"\n", b"\r\n"))
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    assert (tmp_path / "run/constitution.md").read_bytes() == policy.read_bytes()
    assert run(policy, tmp_path / "run", SETTINGS, stages=chain([])).done_before


def test_other_settings_stop_with_both_values_and_the_ways_out(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    frozen = RunSettings(generator="composed", examples=90)
    run(policy, tmp_path / "run", frozen, stages=chain([]))
    asked = RunSettings(generator="composed", seed=7, templates="/some/folder")
    log: list[str] = []
    with pytest.raises(InputError) as caught:
        run(policy, tmp_path / "run", asked, stages=chain(log))
    message = str(caught.value)
    assert "examples: 90 here, not given now" in message
    assert "seed: 0 here, 7 now" in message
    assert "templates: not given here, '/some/folder' now" in message
    assert f"--out {tmp_path / 'run'} --generator composed --examples 90" in message
    assert "another --out" in message
    assert "--accept-change" in message
    assert log == []


def test_accepted_settings_replace_the_frozen_ones(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    asked = RunSettings(generator="composed", seed=7)
    log: list[str] = []
    said: list[str] = []
    run(policy, tmp_path / "run", asked, stages=chain(log), accept_change=True, say=said.append)
    assert log == ["first", "second", "third"]
    assert said[0] == "first: again, since --seed changed"
    assert RunSettings.read(tmp_path / "run/config.toml") == asked
    assert run(policy, tmp_path / "run", asked, stages=chain(log)).done_before


def test_the_offered_command_asks_the_same_settings(policy: Path, tmp_path: Path) -> None:
    settings = RunSettings(
        generator="composed", examples=90, upper_layers=2, budget=0.2, benign="/a b/c.jsonl"
    )
    words = shlex.split(settings.command(policy, tmp_path / "run"))
    assert words[:5] == ["gatewright", "run", str(policy), "--out", str(tmp_path / "run")]
    options = dict(zip(words[5::2], words[6::2], strict=True))
    assert options == {
        "--generator": "composed",
        "--examples": "90",
        "--upper-layers": "2",
        "--budget": "0.2",
        "--benign": "/a b/c.jsonl",
    }


def test_a_run_keeps_what_its_owner_puts_beside_it(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    (tmp_path / "run/notes.txt").write_text("mine")
    assert run(policy, tmp_path / "run", SETTINGS, stages=chain([])).done_before
    assert (tmp_path / "run/notes.txt").read_text() == "mine"


def test_a_folder_begun_by_single_verbs_can_be_run(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    (tmp_path / "run/examples").mkdir(parents=True)
    (tmp_path / "run/replies.sqlite").write_bytes(b"")
    (tmp_path / "run/replies.sqlite-wal").write_bytes(b"")
    assert run(policy, tmp_path / "run", SETTINGS, stages=chain([])).stages
