"""One process at a time, and none forever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatewright.errors import EnvironmentProblem, LockedError
from gatewright.locking import held

HOLDER = """
import sys, time
from pathlib import Path
from gatewright.locking import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "run.lock")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_one_learns_who_is_first(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with pytest.raises(LockedError, match=f"process {holder.pid} on .*, since 20") as caught:
        held(tmp_path / "run.lock").__enter__()
    assert caught.value.exit_code == 3


def test_a_killed_holder_holds_nothing(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.kill()
    holder.wait()
    with held(tmp_path / "run.lock"):
        assert str(os.getpid()) in (tmp_path / "run.lock").read_text()


def test_a_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.lock"
    with pytest.raises(RuntimeError), held(path):
        raise RuntimeError
    with held(path), pytest.raises(LockedError):
        held(path).__enter__()


def test_a_holder_that_has_not_said_who_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with held(path):
        path.write_bytes(b"")
        with pytest.raises(LockedError, match="another process, which has just started"):
            held(path).__enter__()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        held(tmp_path / "run.lock").__enter__()
