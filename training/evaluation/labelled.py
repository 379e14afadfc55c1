"""Labelled items from a file, with every row that cannot be used counted by its reason.

Takes a path and the names of its columns. Knows nothing about models or metrics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gatewright.errors import InputError, QualityError

__all__ = ["LabelledSet", "read_labelled"]

_PARQUET = {".parquet", ".pq"}
_LABEL = "label"
_LABELS = {
    **dict.fromkeys((True, 1, "1", "true", "restricted"), True),
    **dict.fromkeys((False, 0, "0", "false", "permitted"), False),
}


class LabelledSet(NamedTuple):
    """What a file holds: usable rows, and how many were not."""

    items: list[dict[str, str]]
    """Texts by field name, as a gate takes them."""
    restricted: list[bool]
    """One for each item."""
    rejected: dict[str, int]
    """Number of unusable rows by reason, most frequent first."""


def read_labelled(path: Path, columns: Mapping[str, str], label: str | None = None) -> LabelledSet:
    """Read the rows of a JSON lines or Parquet file.

    Args:
        columns: field name -> column name, as from `columns_of`.
        label: column that says 1, true or "restricted", or 0, false or "permitted", in any case.
            None takes every row for permitted: a benign set.

    Raises:
        InputError: the file cannot be read, or has no such column.
        QualityError: no row is usable; with the reasons and their counts.
    """
    read = LabelledSet([], [], {})
    rejected: Counter[str] = Counter()
    # First, because the message about a missing column takes the last one for the judged text.
    wanted = {**({} if label is None else {_LABEL: label}), **columns}
    for row in _rows(path, wanted):
        reason = _take(read, row, labelled=label is not None)
        if reason is not None:
            rejected[reason] += 1
    if not read.items:
        found = ", ".join(f"{count} {reason}" for reason, count in rejected.most_common())
        raise QualityError(f"{path} has no usable row: {found or 'it is empty'}")
    return read._replace(rejected=dict(rejected.most_common()))


def _rows(path: Path, columns: Mapping[str, str]) -> Iterator[Mapping[str, Any] | str]:
    """Values by field name, or the problem of a row that cannot be read."""
    from gatewright.classifiers.json_lines import JsonLines
    from gatewright.classifiers.verdict_log import Position

    if not path.is_file():
        raise InputError(f"there is no file {path}; give a file of JSON lines or Parquet")
    if path.suffix.lower() in _PARQUET:
        from gatewright.classifiers.parquet_rows import ParquetRows

        source: JsonLines | ParquetRows = ParquetRows(path, columns)
    else:
        source = JsonLines(path, columns)
    source.check()
    return (row for chunk in source.chunks(Position()) for row in chunk.items)


def _take(read: LabelledSet, row: Mapping[str, Any] | str, *, labelled: bool) -> str | None:
    """Add a row to the set, or say what kind of row it is that cannot be."""
    if isinstance(row, str):
        return row.partition(":")[0]
    texts = {field: value for field, value in row.items() if field != _LABEL}
    for field, text in texts.items():
        if text is None:
            return f"no {field}"
        if not isinstance(text, str):
            return f"{field} is not text"
    restricted = _label(row[_LABEL]) if labelled else False
    if restricted is None:
        return "unknown label"
    read.items.append(texts)
    read.restricted.append(restricted)
    return None


def _label(value: Any) -> bool | None:
    if isinstance(value, str):
        value = value.strip().casefold()
    return _LABELS.get(value) if isinstance(value, str | int | float) else None
