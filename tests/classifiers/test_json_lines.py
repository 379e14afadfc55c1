"""Every line of a file is a row, a blank or a problem; none stops the others."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.classifiers import json_lines
from gatewright.classifiers.json_lines import JsonLines, read_lines
from gatewright.classifiers.verdict_log import Position
from gatewright.errors import InputError

PROBLEMS = {
    b'{"text": "\xff\xfe"}': "not UTF-8: byte 11",
    b'{"text": "a\x00b"}': "not JSON",
    b'{"text": "torn': "not JSON",
    b"{'text': 1}": "not JSON",
    b'["text"]': "not an object: list",
    b'"text"': "not an object: str",
    b"null": "not an object: NoneType",
    b"[" * 100_000: "not JSON: nested too deeply",
    b'{"text": "good", "text": "bad"}': "duplicate key: 'text'",
    b'{"n": ' + b"9" * 5000 + b"}": "not JSON",
    b"\x00\x00\x00": "not JSON",
}


@pytest.mark.parametrize(("raw", "problem"), PROBLEMS.items(), ids=PROBLEMS.values())
def test_a_bad_line_has_a_problem_and_the_next_one_is_read(raw: bytes, problem: str) -> None:
    bad, good = read_lines(io.BytesIO(raw + b'\n{"text": "fine"}\n'))
    assert bad.value is None
    assert bad.problem is not None
    assert bad.problem.startswith(problem)
    assert (good.number, good.offset, good.value) == (2, len(raw) + 1, {"text": "fine"})


def test_an_over_long_line_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 1000)
    long = b'{"text": "' + b"x" * 5_000_000 + b'"}\n'
    before, over, after = read_lines(io.BytesIO(b'{"a": 1}\n' + long + b'{"b": 2}'))
    assert (over.raw, over.length, over.number, over.offset) == (b"", len(long), 2, 9)
    assert over.problem == f"over-long line: {len(long):,} bytes, the limit is 1,000"
    assert (before.value, after.value, after.offset) == ({"a": 1}, {"b": 2}, 9 + len(long))


def test_a_line_of_just_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"text": "x"}\n'
    monkeypatch.setattr(json_lines, "LONGEST_LINE", len(line))
    assert [each.problem for each in read_lines(io.BytesIO(line * 2))] == [None, None]


def test_an_over_long_last_line_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 10)
    (line,) = read_lines(io.BytesIO(b"x" * 99))
    assert (line.length, line.raw) == (99, b"")


def test_blank_lines_are_no_rows_and_a_mark_at_the_start_is_none_either() -> None:
    file = io.BytesIO(b'\xef\xbb\xbf{"a": 1}\r\n\r\n \t\n{"b": 2}')
    assert [line.blank for line in read_lines(file)] == [False, True, True, False]


@given(
    st.binary(max_size=400)
    | st.lists(st.sampled_from([*PROBLEMS, b"", b'{"text": "a"}'])).map(b"\n".join)
)
@settings(max_examples=200, deadline=None)
def test_lines_are_the_file(data: bytes) -> None:
    lines = list(read_lines(io.BytesIO(data)))
    assert b"".join(line.raw for line in lines) == data
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert all((line.value is None) or (line.problem is None) for line in lines)


def test_chunks_are_the_same_from_every_point_on(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    rows = [json.dumps({"text": str(at)}) + "\n" * (1 + at % 3) for at in range(2000)]
    path.write_text("".join(rows))
    source = JsonLines(path, {"text": "text"})
    chunks = list(source.chunks(Position()))
    assert [item for chunk in chunks for item in chunk.items] == [
        {"text": str(at)} for at in range(2000)
    ]
    assert chunks[-1].after.blank == sum(at % 3 for at in range(2000))
    assert chunks[-1].after.at == source.size
    for at, chunk in enumerate(chunks):
        assert list(source.chunks(chunk.after)) == chunks[at + 1 :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"body": "x", "id": 1}\n',
            "no column 'text'.*its columns are 'body', 'id'.*--text COLUMN",
        ),
        ("text,label\nhello,1\n", "not JSON lines: line 1"),
        (json.dumps([{"text": "x"}], indent=1), "not JSON lines"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        JsonLines(path, {"text": "text"}).check()


def test_a_column_some_rows_lack_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1}\nbroken\n{"text": "x"}\n')
    JsonLines(path, {"text": "text"}).check()
