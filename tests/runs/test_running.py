"""The loop: what runs, what is done before, what stops it, and what it leaves."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gatewright.errors import (
    ConstitutionError,
    EnvironmentProblem,
    GatewrightError,
    InputError,
    LockedError,
    QualityError,
    UpstreamError,
)
from gatewright.locking import held
from gatewright.training.runs.manifest import Counts
from gatewright.training.runs.running import Done, Run, RunResult, Stage, run
from gatewright.training.runs.settings import RunSettings

Chain = Callable[..., list[Stage]]
SETTINGS = RunSettings(generator="composed")


def test_stages_run_in_their_order_and_leave_a_manifest(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    log: list[str] = []
    said: list[str] = []
    result = run(policy, tmp_path / "run", SETTINGS, stages=chain(log), say=said.append)
    assert log == ["first", "second", "third"]
    assert said[0] == "first"
    assert said[1].startswith("first: 3 in, 2 kept, 1 dropped (")
    assert result.done_before == ()
    assert (tmp_path / "run/gate/c").read_text().endswith("first 0\nsecond 0\nthird 0\n")
    manifest = json.loads((tmp_path / "run/manifest.json").read_text())
    assert [each["name"] for each in manifest["stages"]] == log
    assert manifest["stages"][1]["counts"] == {"in": 3, "kept": 2, "dropped": 1, "undecided": 0}
    assert list(manifest["stages"][1]["outputs"]) == ["curated/b"]
    assert {"--seed", "examples/a", "gatewright"} == set(manifest["stages"][1]["inputs"])


def test_the_folder_is_the_owners_alone(policy: Path, tmp_path: Path, chain: Chain) -> None:
    run(policy, tmp_path / "a/run", SETTINGS, stages=chain([]))
    assert stat.S_IMODE((tmp_path / "a/run").stat().st_mode) == 0o700
    assert (tmp_path / "a/run/constitution.md").read_bytes() == policy.read_bytes()


def test_what_is_done_is_not_done_again(policy: Path, tmp_path: Path, chain: Chain) -> None:
    first = run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    log: list[str] = []
    second = run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    assert log == []
    assert second.done_before == ("first", "second", "third")
    assert second.stages == first.stages


def test_a_run_goes_on_where_it_stopped(policy: Path, tmp_path: Path, chain: Chain) -> None:
    log: list[str] = []
    with pytest.raises(QualityError):
        run(policy, tmp_path / "run", SETTINGS, stages=chain(log, second=QualityError("poor")))
    result = run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    assert log == ["first", "second", "second", "third"]
    assert result.done_before == ("first",)


@pytest.mark.parametrize(
    ("damage", "again", "reason"),
    [
        ("examples/a", ["first", "second", "third"], "examples/a is not what was written"),
        ("curated/b", ["second", "third"], "curated/b is not what was written"),
        ("gate/c", ["third"], "gate/c is not what was written"),
    ],
)
def test_a_changed_file_is_written_again_with_all_that_follows(
    policy: Path, tmp_path: Path, chain: Chain, damage: str, again: list[str], reason: str
) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    before = (tmp_path / "run/gate/c").read_bytes()
    (tmp_path / "run" / damage).write_text("something else")
    log: list[str] = []
    said: list[str] = []
    run(policy, tmp_path / "run", SETTINGS, stages=chain(log), say=said.append)
    assert log == again
    assert f"{again[0]}: again, since {reason}" in said
    assert (tmp_path / "run/gate/c").read_bytes() == before


def test_a_lost_file_is_written_again(policy: Path, tmp_path: Path, chain: Chain) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    shutil.rmtree(tmp_path / "run/curated")
    log: list[str] = []
    run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    assert log == ["second", "third"]


def test_a_file_outside_the_folder_counts_by_its_content(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    outside = tmp_path / "benign.jsonl"
    outside.write_text("one")
    log: list[str] = []
    stages = chain(log)
    stages[1] = _with_material(stages[1], outside)
    run(policy, tmp_path / "run", SETTINGS, stages=stages)
    outside.write_text("two")
    said: list[str] = []
    run(policy, tmp_path / "run", SETTINGS, stages=stages, say=said.append)
    assert log == ["first", "second", "third", "second", "third"]
    assert f"second: again, since {outside} changed" in said


def test_a_stage_that_fails_is_not_done_even_if_it_was_before(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    (tmp_path / "run/examples/a").unlink()
    with pytest.raises(QualityError):
        run(policy, tmp_path / "run", SETTINGS, stages=chain([], first=QualityError("poor")))
    manifest = json.loads((tmp_path / "run/manifest.json").read_text())
    assert manifest["stages"] == []


def test_items_that_vanish_are_a_bug(policy: Path, tmp_path: Path, chain: Chain) -> None:
    def losing(this: Run) -> Done:
        return Done(Counts(entered=3, kept=1, dropped=1), {})

    stage = Stage(name="losing", run=losing, written=lambda root: {})
    with pytest.raises(ValueError, match="3 came in, but 1 kept"):
        run(policy, tmp_path / "run", SETTINGS, stages=[stage])


def test_a_damaged_manifest_is_kept_aside_and_made_anew(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    (tmp_path / "run/manifest.json").write_text('{"format": 1, "stages": [')
    log: list[str] = []
    run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    assert log == ["first", "second", "third"]
    assert (tmp_path / "run/manifest.json.corrupt-1").exists()


def test_a_constitution_with_errors_leaves_no_folder(tmp_path: Path, chain: Chain) -> None:
    broken = tmp_path / "broken.md"
    broken.write_text("# Nothing\n")
    with pytest.raises(ConstitutionError):
        run(broken, tmp_path / "run", SETTINGS, stages=chain([]))
    assert not (tmp_path / "run").exists()


def test_another_process_is_refused_and_the_holder_named(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    code = (
        "import sys; from pathlib import Path; from gatewright.locking import held\n"
        "with held(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "run/run.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        log: list[str] = []
        with pytest.raises(LockedError, match=f"process {holder.pid} on "):
            run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
        assert log == []
        holder.kill()
        holder.wait()
    run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    assert log == ["first", "second", "third"]


def test_the_lock_is_given_back(policy: Path, tmp_path: Path, chain: Chain) -> None:
    with pytest.raises(QualityError):
        run(policy, tmp_path / "run", SETTINGS, stages=chain([], first=QualityError("poor")))
    with held(tmp_path / "run/run.lock"):
        pass


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), UpstreamError("no answer")])
def test_what_can_go_on_says_how(
    policy: Path, tmp_path: Path, chain: Chain, stop: BaseException
) -> None:
    settings = RunSettings(generator="composed", seed=4)
    with pytest.raises(type(stop)) as caught:
        run(policy, tmp_path / "run", settings, stages=chain([], second=stop))
    command = f"gatewright run {policy} --out {tmp_path / 'run'} --generator composed --seed 4"
    assert caught.value.__notes__ == [f"to continue: {command}"]


def test_a_full_disk_is_an_environment_problem_that_names_the_file(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "run/curated/b"))
    with pytest.raises(EnvironmentProblem, match="curated/b") as caught:
        run(policy, tmp_path / "run", SETTINGS, stages=chain([], second=full))
    assert "to continue" in caught.value.__notes__[0]
    log: list[str] = []
    run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    assert log == ["second", "third"]


def test_a_bug_is_not_dressed_up(policy: Path, tmp_path: Path, chain: Chain) -> None:
    with pytest.raises(ZeroDivisionError):
        run(policy, tmp_path / "run", SETTINGS, stages=chain([], second=ZeroDivisionError()))
    with pytest.raises(OSError, match="odd") as caught:
        run(policy, tmp_path / "run", SETTINGS, stages=chain([], second=OSError(5, "odd")))
    assert not isinstance(caught.value, GatewrightError)


def test_too_little_space_is_told_before_work_begins(
    policy: Path, tmp_path: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    log: list[str] = []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(3 << 20))
    with pytest.raises(EnvironmentProblem, match="run has 3 MiB free, and a run needs 500 MiB"):
        run(policy, tmp_path / "run", SETTINGS, stages=chain(log))
    assert log == []
    monkeypatch.undo()
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0))
    assert run(policy, tmp_path / "run", SETTINGS, stages=chain([])).done_before


def test_leftovers_of_killed_writers_are_swept(policy: Path, tmp_path: Path, chain: Chain) -> None:
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    (tmp_path / "run/curated/.b.99.tmp").write_text("half")
    (tmp_path / "run/.gate.99.former").mkdir()
    run(policy, tmp_path / "run", SETTINGS, stages=chain([]))
    assert not (tmp_path / "run/curated/.b.99.tmp").exists()
    assert not (tmp_path / "run/.gate.99.former").exists()


@pytest.mark.parametrize("interrupted", ["first", "second", "third"])
def test_a_stopped_run_ends_like_one_that_was_not(
    policy: Path, tmp_path: Path, chain: Chain, interrupted: str
) -> None:
    whole = run(policy, tmp_path / "whole", SETTINGS, stages=chain([]))
    with pytest.raises(KeyboardInterrupt):
        run(policy, tmp_path / "cut", SETTINGS, stages=chain([], **_stop(interrupted)))
    cut = run(policy, tmp_path / "cut", SETTINGS, stages=chain([]))
    assert _timeless(cut) == _timeless(whole)


def _stop(stage: str) -> dict[str, BaseException]:
    return {stage: KeyboardInterrupt()}


def _timeless(result: RunResult) -> list[dict[str, Any]]:
    return [each.model_dump(exclude={"seconds"}) for each in result.stages]


def _with_material(stage: Stage, path: Path) -> Stage:
    from dataclasses import replace

    return replace(stage, materials=lambda run: (path,))


def test_a_file_in_the_folders_place_is_an_input_error(
    policy: Path, tmp_path: Path, chain: Chain
) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(InputError, match="is a file"):
        run(policy, tmp_path / "run", SETTINGS, stages=chain([]))


def test_a_folder_of_other_things_is_refused(policy: Path, tmp_path: Path, chain: Chain) -> None:
    with pytest.raises(InputError, match=r"not a run folder: it holds parcels\.md"):
        run(policy, tmp_path, SETTINGS, stages=chain([]))
    assert [each.name for each in tmp_path.iterdir()] == ["parcels.md"]
