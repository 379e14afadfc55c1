"""A real run, stopped by the system: killed, interrupted, out of space."""

from __future__ import annotations

import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatewright.training.runs.manifest import digests
from gatewright.training.runs.running import RunResult, run
from gatewright.training.runs.settings import RunSettings
from gatewright.training.runs.stages import STAGES

LASTING = ("constitution.md", "config.toml", "examples", "curated", "gate", "metrics.json")
WAITING = """
import sys, time
import gatewright.training.runs as runs
from gatewright.cli import main
runs.STAGES = (runs.Stage(name="wait", run=lambda run: time.sleep(60), written=lambda root: {}),)
main(sys.argv[1:])
"""
CRAMPED = """
import resource, signal, sys
from gatewright.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
main(sys.argv[1:])
"""


def _started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _read_until(process: subprocess.Popen[str], start: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(start):
            return


def _killed(words: list[str], start: str, delay: float) -> None:
    """Run until a line begins with `start`, a little longer, and no further."""
    with _started("-m", *words) as process:
        _read_until(process, start)
        time.sleep(delay)
        process.kill()


def test_a_run_killed_in_every_stage_ends_like_one_that_was_not(
    whole: RunResult, small_policy: Path, small: RunSettings, tmp_path: Path
) -> None:
    words = shlex.split(small.command(small_policy, tmp_path / "cut"))
    draw = random.Random(0)
    for start in ("check", "synthesize", "verify", "curate", "epoch 1", "certify"):
        _killed(words, start, draw.uniform(0, 0.3))
    result = run(small_policy, tmp_path / "cut", small, stages=STAGES)
    assert "curate" in result.done_before
    assert digests(tmp_path / "cut", LASTING) == digests(whole.folder.root, LASTING)
    assert _left_behind(tmp_path / "cut") == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_run_killed_at_any_moment_ends_like_one_that_was_not(
    whole: RunResult, small_policy: Path, small: RunSettings, tmp_path: Path
) -> None:
    draw = random.Random(1)
    for trial in range(3):
        out = tmp_path / str(trial)
        words = shlex.split(small.command(small_policy, out))
        for _ in range(5):
            _killed(words, "check", draw.uniform(0, 12))
        run(small_policy, out, small, stages=STAGES)
        assert digests(out, LASTING) == digests(whole.folder.root, LASTING)
        assert _left_behind(out) == []


def test_ctrl_c_ends_with_130_and_the_command_to_continue(policy: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["run", str(policy), "--out", str(out), "--generator", "composed"]
    with _started("-c", WAITING, *words) as process:
        _read_until(process, "wait")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.splitlines()[-2:] == [
        "interrupted",
        f"to continue: {shlex.join(['gatewright', *words])}",
    ]


def test_a_full_disk_ends_with_4_and_the_run_goes_on_later(
    whole: RunResult, small_policy: Path, small: RunSettings, tmp_path: Path
) -> None:
    words = shlex.split(small.command(small_policy, tmp_path / "cut"))
    with _started("-c", CRAMPED, *words[1:]) as process:
        _, said = process.communicate()
    assert process.returncode == 4, said
    assert f"error: {tmp_path / 'cut'}" in said
    assert f"to continue: {shlex.join(words)}" in said
    run(small_policy, tmp_path / "cut", small, stages=STAGES)
    assert digests(tmp_path / "cut", LASTING) == digests(whole.folder.root, LASTING)


def _left_behind(root: Path) -> list[Path]:
    return [*root.rglob(".*.tmp"), *root.rglob(".*.former")]
