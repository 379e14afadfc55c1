"""Labelled files: every label in use is understood, every bad row is counted and costs no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from gatewright.errors import InputError, QualityError
from gatewright.training.evaluation import read_labelled


def written(path: Path, rows: list[Any]) -> Path:
    lines = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("label", "restricted"),
    [
        *((label, True) for label in (1, 1.0, True, "1", "true", "TRUE", " Restricted ")),
        *((label, False) for label in (0, 0.0, False, "0", "false", "Permitted")),
    ],
)
def test_every_spelling_of_a_label_is_understood(
    label: Any, restricted: bool, tmp_path: Path
) -> None:
    path = written(tmp_path / "rows.jsonl", [{"t": "hello", "l": label}])
    assert read_labelled(path, {"text": "t"}, "l") == ([{"text": "hello"}], [restricted], {})


def test_bad_rows_are_counted_by_reason_and_cost_no_other(tmp_path: Path) -> None:
    good = {"t": "hello", "l": 1}
    path = written(
        tmp_path / "rows.jsonl",
        [
            good,
            b"{broken",
            b"\xff\xfe",
            b"[1]",
            b"",
            {"t": None, "l": 1},
            {"l": 1},
            {"t": 3, "l": 1},
            *({"t": "x", "l": label} for label in (2, 0.5, None, "maybe", [1], float("nan"))),
            good,
        ],
    )
    read = read_labelled(path, {"text": "t"}, "l")
    assert len(read.items) == 2
    assert read.rejected == {
        "unknown label": 6,
        "no text": 2,
        "not JSON": 1,
        "not UTF-8": 1,
        "not an object": 1,
        "text is not text": 1,
    }


def test_exchanges_and_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {"q": ["a", "b", None], "a": ["c", "d", "e"], "bad": [True, False, True], "more": [1, 2, 3]}
    )
    parquet.write_table(table, tmp_path / "rows.parquet")
    read = read_labelled(tmp_path / "rows.parquet", {"prompt": "q", "response": "a"}, "bad")
    assert read.items == [{"prompt": "a", "response": "c"}, {"prompt": "b", "response": "d"}]
    assert (read.restricted, read.rejected) == ([True, False], {"no prompt": 1})


def test_without_a_label_every_row_is_permitted(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", [{"text": "a"}, {"text": "b", "label": 1}])
    assert read_labelled(path, {"text": "text"}).restricted == [False, False]


@pytest.mark.parametrize(
    ("columns", "label", "message"),
    [
        ({"text": "body"}, "label", "no column 'body'.*--text COLUMN"),
        ({"text": "text"}, "truth", "no column 'truth' for the label.*--label COLUMN"),
        ({"prompt": "q", "response": "text"}, "label", "no column 'q'.*--prompt COLUMN"),
    ],
)
def test_a_missing_column_is_named_with_those_there_are(
    columns: dict[str, str], label: str, message: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "rows.jsonl", [{"text": "a", "label": 1}])
    with pytest.raises(InputError, match=message):
        read_labelled(path, columns, label)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QualityError, match="it is empty"):
        read_labelled(written(tmp_path / "rows.jsonl", []), {"text": "t"}, "l")


def test_a_file_without_usable_rows_is_refused_with_the_counts(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", [{"t": "a", "l": "?"}, {"t": None, "l": 1}])
    with pytest.raises(QualityError, match="1 unknown label, 1 no text"):
        read_labelled(path, {"text": "t"}, "l")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file .*absent\.jsonl"):
        read_labelled(tmp_path / "absent.jsonl", {"text": "t"}, "l")


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_text("no", encoding="utf-8")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_labelled(tmp_path / "rows.parquet", {"text": "t"}, "l")
