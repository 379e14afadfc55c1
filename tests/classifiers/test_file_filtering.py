"""A file in three parts: nothing lost, nothing changed, whatever is in it and whatever is there."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet as parquet
import pytest

from gatewright.classifiers.file_filtering import FilterCounts, Judge, Progress, filter_file
from gatewright.classifiers.verdict_log import VerdictLog
from gatewright.classifiers.verdicts import Verdict
from gatewright.errors import EnvironmentProblem, InputError, LockedError
from gatewright.locking import held

LINES = [
    b'{"text": "fine",   "n": 1.50e0, "big": 12345678901234567890123}\n',
    b'{"text": "kill", "n": 1.50e0, "\\u00e9": "\\ud800"}\r\n',
    b'{"text": "maybe"}\n',
    b"\n",
    b'{"text": null}\n',
    b'{"other": "column"}\n',
    b"broken\n",
    b'{"text": "kill", "gate": "mine"}\n',
    b'{"text": "no end of line"}',
]


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"".join(LINES))
    return path


def test_every_row_goes_one_way(word_gate: Judge, source: Path, tmp_path: Path) -> None:
    counts = filter_file(word_gate, source, tmp_path / "out")
    assert (counts.kept, counts.dropped, counts.undecided, counts.rows) == (2, 2, 4, 8)
    assert counts.reasons == {
        "dropped": {"harassment": 2},
        "undecided": {"not text": 2, "fraud": 1, "not JSON": 1},
    }
    assert {path.name for path in counts.files.values()} == set(contents(tmp_path / "out"))
    assert not (tmp_path / "out" / ".unfinished").exists()


def test_kept_lines_pass_byte_for_byte(word_gate: Judge, source: Path, tmp_path: Path) -> None:
    filter_file(word_gate, source, tmp_path / "out")
    assert (tmp_path / "out" / "kept.jsonl").read_bytes() == LINES[0] + LINES[-1]


def test_the_others_say_why(word_gate: Judge, source: Path, tmp_path: Path) -> None:
    filter_file(word_gate, source, tmp_path / "out")
    raw = (tmp_path / "out" / "dropped.jsonl").read_bytes()
    assert raw.startswith(b'{"text": "kill", "n": 1.50e0, "\\u00e9": "\\ud800", "gate": {')
    first, second = lines(tmp_path / "out" / "dropped.jsonl")
    assert first["gate"] == {
        "decision": "dropped",
        "reason": "0.9",
        "rule": "harassment",
        "score": 0.9,
    }
    assert second == {"text": "kill", "gate": first["gate"]}
    unreadable = lines(tmp_path / "out" / "undecided.jsonl")[-1]
    assert LINES.index(b"broken\n") + 1 == unreadable["line"]
    assert source.read_bytes()[unreadable["offset"] :].startswith(b"broken\n")
    assert unreadable["gate"]["reason"].startswith("not JSON: ")


def test_the_manifest_accounts_for_the_output(
    word_gate: Judge, source: Path, tmp_path: Path
) -> None:
    filter_file(word_gate, source, tmp_path / "out", text="text")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["counts"] == {"in": 8, "kept": 2, "dropped": 2, "undecided": 4}
    assert manifest["blank_lines"] == 1
    assert manifest["gate"] == word_gate.digest
    assert manifest["input"]["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    for name, sha256 in manifest["outputs"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == sha256


def test_progress_reaches_the_end(word_gate: Judge, source: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    filter_file(word_gate, source, tmp_path / "out", progress=seen.append)
    assert seen[-1] == (8, 1.0)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_has_empty_outputs(word_gate: Judge, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.jsonl").write_bytes(content)
    counts = filter_file(word_gate, tmp_path / "in.jsonl", tmp_path / "out")
    assert counts.rows == 0
    assert contents(tmp_path / "out")["kept.jsonl"] == b""


def table(rows: int) -> Any:
    texts = [("fine", "kill", "maybe", None)[at % 4] for at in range(rows)]
    return pyarrow.table(
        {"text": texts, "n": list(range(rows)), "gate_rule": ["former"] * rows},
        schema=pyarrow.schema(
            [("text", pyarrow.string()), ("n", pyarrow.int16()), ("gate_rule", pyarrow.string())],
            metadata={b"owner": b"me", b"pandas": b"stale"},
        ),
    )


@pytest.mark.parametrize("rows", [0, 3, 2600])
def test_parquet_in_parquet_out(word_gate: Judge, tmp_path: Path, rows: int) -> None:
    parquet.write_table(table(rows), tmp_path / "in.parquet", row_group_size=1000)
    counts = filter_file(word_gate, tmp_path / "in.parquet", tmp_path / "out")
    read = {
        name: parquet.read_table(counts.files[name]) for name in ("kept", "dropped", "undecided")
    }
    assert read["kept"].schema.equals(table(0).schema, check_metadata=True)
    assert read["kept"].column("n").to_pylist() == list(range(0, rows, 4))
    assert read["dropped"].column("n").to_pylist() == list(range(1, rows, 4))
    assert sum(each.num_rows for each in read.values()) == counts.rows == rows
    assert read["dropped"].column_names == [
        "text",
        "n",
        "gate_decision",
        "gate_reason",
        "gate_rule",
        "gate_score",
    ]
    assert set(read["dropped"].column("gate_rule").to_pylist()) <= {"harassment"}
    assert read["dropped"].schema.metadata == {b"owner": b"me"}


def test_damaged_text_in_parquet_is_undecided(word_gate: Judge, tmp_path: Path) -> None:
    buffers = [
        None,
        pyarrow.py_buffer(b"\0\0\0\0\4\0\0\0\6\0\0\0"),
        pyarrow.py_buffer(b"fine\xff\xfe"),
    ]
    damaged = pyarrow.Array.from_buffers(pyarrow.string(), 2, buffers)
    parquet.write_table(pyarrow.table({"text": damaged}), tmp_path / "in.parquet")
    counts = filter_file(word_gate, tmp_path / "in.parquet", tmp_path / "out")
    assert (counts.kept, counts.reasons["undecided"]) == (1, {"not UTF-8": 1})


def test_parquet_without_the_column(word_gate: Judge, tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"body": ["x"]}), tmp_path / "in.parquet")
    with pytest.raises(InputError, match=r"no column 'text'.*columns are 'body'"):
        filter_file(word_gate, tmp_path / "in.parquet", tmp_path / "out")
    assert filter_file(word_gate, tmp_path / "in.parquet", tmp_path / "out", text="body").kept == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.parquet", b"PAR1 and then nothing", "not a readable Parquet file"),
        ("in.jsonl", b"\x1f\x8b\x08", "compressed; unpack it first"),
        ("absent.jsonl", None, "there is no file"),
    ],
)
def test_files_that_are_no_input(
    word_gate: Judge, tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        filter_file(word_gate, tmp_path / name, tmp_path / "out")


class Exchanges:
    """Keeps an answer that repeats its prompt."""

    digest = "e" * 64
    fields = ("prompt", "response")

    def judge(self, texts: Sequence[Any], prompts: Sequence[Any] | None = None) -> list[Verdict]:
        assert prompts is not None
        same = [text == prompt for text, prompt in zip(texts, prompts, strict=True)]
        return [
            Verdict("kept" if each else "dropped", {"a": 0.5}, "a", 0.5, "r", "e") for each in same
        ]


def test_exchanges_are_judged_with_their_prompts(tmp_path: Path) -> None:
    rows = '{"q": "a", "response": "a"}\n{"q": "a", "response": "b"}\n'
    (tmp_path / "in.jsonl").write_text(rows)
    counts = filter_file(Exchanges(), tmp_path / "in.jsonl", tmp_path / "out", prompt="q")
    assert (counts.kept, counts.dropped) == (1, 1)


def test_a_finished_output_is_not_touched(word_gate: Judge, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    filter_file(word_gate, source, out)
    before = contents(out)
    source.write_text('{"text": "kill"}\n')
    with pytest.raises(InputError, match=r"finished output.*--overwrite"):
        filter_file(word_gate, source, out)
    assert contents(out) == before
    assert filter_file(word_gate, source, out, overwrite=True).dropped == 1
    assert contents(out)["kept.jsonl"] == b""


def test_files_of_others_are_not_touched(word_gate: Judge, source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.jsonl").write_text("precious")
    with pytest.raises(InputError, match="no filtering here made it"):
        filter_file(word_gate, source, tmp_path / "out")
    assert (tmp_path / "out" / "kept.jsonl").read_text() == "precious"


def test_the_input_is_never_its_own_output(word_gate: Judge, tmp_path: Path) -> None:
    path = tmp_path / "undecided.jsonl"
    path.write_text('{"text": "maybe"}\n')
    with pytest.raises(InputError, match="lies where the output would go"):
        filter_file(word_gate, path, tmp_path, overwrite=True)
    assert path.exists()


class Failing:
    """Fails after some chunks, as a machine does."""

    digest = "f" * 64
    fields = ("text",)

    def __init__(self, gate: Judge, chunks: int, error: BaseException) -> None:
        self._gate, self._left, self._error = gate, chunks, error

    def judge(self, texts: Sequence[Any], prompts: Sequence[Any] | None = None) -> list[Verdict]:
        if self._left == 0:
            raise self._error
        self._left -= 1
        return self._gate.judge(texts, prompts)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.jsonl"
    path.write_text(
        "".join(
            json.dumps({"text": f"{('fine', 'kill')[at % 2]} {at}"}) + "\n" for at in range(2000)
        )
    )
    return path


def half_done(gate: Judge, source: Path, out: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        filter_file(Failing(gate, 2, KeyboardInterrupt()), source, out)
    assert "goes on where it stood" in caught.value.__notes__[0]
    assert not (out / "kept.jsonl").exists()


def test_a_half_done_run_goes_on_where_it_stood(
    word_gate: Judge, many: Path, tmp_path: Path
) -> None:
    half_done(word_gate, many, tmp_path / "out")
    # Two chunks are left: the first two are not judged again.
    counts = filter_file(Failing(word_gate, 2, AssertionError()), many, tmp_path / "out")
    assert counts.rows == 2000
    filter_file(word_gate, many, tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


@pytest.mark.parametrize("changed", ["gate", "input", "columns"])
def test_a_half_done_run_is_not_finished_by_another(
    word_gate: Judge, many: Path, tmp_path: Path, changed: str
) -> None:
    half_done(word_gate, many, tmp_path / "out")
    other = type(word_gate)()
    if changed == "gate":
        other.digest = "0" * 64  # type: ignore[misc]
    if changed == "input":
        many.write_text(many.read_text() + '{"text": "more", "body": "x"}\n')
    if changed == "columns":
        other.fields = ("prompt",)  # type: ignore[misc]
    options = {"text": "text"} if changed == "columns" else {}
    with pytest.raises(InputError, match=f"another {changed}.*--overwrite"):
        filter_file(other, many, tmp_path / "out", **options)  # type: ignore[arg-type]
    assert filter_file(word_gate, many, tmp_path / "out", overwrite=True).rows >= 2000


def test_two_processes_do_not_share_an_output(
    word_gate: Judge, source: Path, tmp_path: Path
) -> None:
    with held(tmp_path / "out" / ".lock"), pytest.raises(LockedError, match="in use by process"):
        filter_file(word_gate, source, tmp_path / "out", overwrite=True)
    assert filter_file(word_gate, source, tmp_path / "out").rows == 8


def test_a_full_disk_is_an_error_that_can_be_continued(
    word_gate: Judge, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, calls = VerdictLog.append, 0

    def full(self: VerdictLog, *args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, *args)

    monkeypatch.setattr(VerdictLog, "append", full)
    with pytest.raises(EnvironmentProblem, match=r"no space left.*run again"):
        filter_file(word_gate, many, tmp_path / "out")
    counts: FilterCounts = filter_file(
        Failing(word_gate, 2, AssertionError()), many, tmp_path / "out"
    )
    assert counts.rows == 2000


def test_space_is_asked_for_before_the_work(
    word_gate: Judge, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(EnvironmentProblem, match="10 bytes of space left"):
        filter_file(word_gate, source, tmp_path / "out")


def test_an_input_that_grows_is_noticed(word_gate: Judge, many: Path, tmp_path: Path) -> None:
    class Growing(Failing):
        def judge(
            self, texts: Sequence[Any], prompts: Sequence[Any] | None = None
        ) -> list[Verdict]:
            with many.open("a") as file:
                file.write("{}\n")
            return super().judge(texts, prompts)

    with pytest.raises(InputError, match="was written to while"):
        filter_file(Growing(word_gate, -1, AssertionError()), many, tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()
