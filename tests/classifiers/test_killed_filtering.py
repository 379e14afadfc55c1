"""Killed at a file operation, a filtering goes on to the very bytes of an undisturbed one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gatewright.classifiers.file_filtering import Judge, filter_file
from gatewright.errors import ArtefactError

SCRIPT = """
import itertools, os, signal, sys
from pathlib import Path
from gatewright.classifiers.file_filtering import filter_file
from gatewright.classifiers.verdicts import Verdict

OPERATIONS = {"open", "os.rename", "os.truncate", "os.remove", "os.mkdir", "os.rmdir"}
source, root, step = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

class Gate:
    digest, fields = "f" * 64, ("text",)
    def judge(self, texts, prompts=None):
        decisions = [("kept", "dropped", "undecided")[len(text) % 3] for text in texts]
        return [Verdict(each, {"a": 0.5}, "a", 0.5, "why", self.digest) for each in decisions]

def run(out, kill_at):
    child = os.fork()
    if child == 0:
        if source.suffix == ".parquet":  # here, as Arrow's threads do not survive a fork
            import gatewright.classifiers.parquet_rows
        operations = itertools.count(1)
        def hook(event, arguments):
            ours = event in OPERATIONS and str(root) in str(arguments[0])
            if ours and next(operations) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        try:
            filter_file(Gate(), source, out)
        except BaseException as error:
            print(kill_at, repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def contents(out):
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name[0] != "."}

run(root / "whole", 0)
expected = contents(root / "whole")
for kill_at in itertools.count(1, step):
    out = root / str(kill_at)
    code = run(out, kill_at)
    if code == 0:
        break
    if not (out / "manifest.json").exists():
        assert code == -signal.SIGKILL, code
        assert run(out, 0) == 0, kill_at
    assert contents(out) == expected, kill_at
    assert {path.name for path in out.iterdir()} <= {*expected, ".lock", ".unfinished"}, kill_at
print("operations", kill_at)
"""


@pytest.mark.parametrize(("suffix", "step"), [("jsonl", 3), ("parquet", 11)])
def test_killed_at_many_file_operations(tmp_path: Path, suffix: str, step: int) -> None:
    source = tmp_path / f"in.{suffix}"
    rows = [{"text": "x" * (at % 7), "n": at} for at in range(1300)]
    if suffix == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        import pyarrow
        import pyarrow.parquet as parquet

        parquet.write_table(pyarrow.Table.from_pylist(rows), source, row_group_size=600)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(source), str(tmp_path), str(step)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[-1]) > 40


def interrupted(gate: Judge, source: Path, out: Path) -> None:
    class Stops:
        digest, fields, calls = gate.digest, gate.fields, 0

        def judge(self, texts: Sequence[Any], prompts: Sequence[Any] | None = None) -> Any:
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return gate.judge(texts, prompts)

    with pytest.raises(KeyboardInterrupt):
        filter_file(Stops(), source, out)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "kill"}\n' * 1000)
    return path


def test_a_torn_end_of_the_log_is_cut_off(word_gate: Judge, source: Path, tmp_path: Path) -> None:
    interrupted(word_gate, source, tmp_path / "out")
    with (tmp_path / "out" / ".unfinished" / "verdicts.jsonl").open("ab") as log:
        log.write(b'{"decision": "kept"}\n{"deci\x00\x00')
    assert filter_file(word_gate, source, tmp_path / "out").dropped == 1000


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x00" * 300, b"[1]"])
def test_a_damaged_journal_is_not_trusted(
    word_gate: Judge, source: Path, tmp_path: Path, damage: bytes
) -> None:
    interrupted(word_gate, source, tmp_path / "out")
    (tmp_path / "out" / ".unfinished" / "journal.json").write_bytes(damage)
    with pytest.raises(ArtefactError, match=r"damaged.*--overwrite"):
        filter_file(word_gate, source, tmp_path / "out")


def test_a_log_that_is_too_short_is_not_trusted(
    word_gate: Judge, source: Path, tmp_path: Path
) -> None:
    interrupted(word_gate, source, tmp_path / "out")
    (tmp_path / "out" / ".unfinished" / "verdicts.jsonl").write_bytes(b"")
    with pytest.raises(ArtefactError, match="shorter than it should be"):
        filter_file(word_gate, source, tmp_path / "out")


LIMITED = """
import resource, signal, sys
from gatewright.classifiers.file_filtering import filter_file
from gatewright.classifiers.verdicts import Verdict

class Gate:
    digest, fields = "f" * 64, ("text",)
    def judge(self, texts, prompts=None):
        return [Verdict("kept", {"a": 0.5}, "a", 0.5, "why", self.digest) for _ in texts]

if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    print(filter_file(Gate(), sys.argv[1], sys.argv[2]).rows)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_disk_that_takes_no_more(source: Path, tmp_path: Path) -> None:
    def run(*limit: str) -> str:
        command = [sys.executable, "-c", LIMITED, str(source), str(tmp_path / "out"), *limit]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    for limit in ("1000", "30000", "60000"):
        assert "EnvironmentProblem no space left" in run(limit)
        assert not (tmp_path / "out" / "manifest.json").exists()
    assert run() == "1000\n"
    assert (tmp_path / "out" / "kept.jsonl").read_bytes() == source.read_bytes()
