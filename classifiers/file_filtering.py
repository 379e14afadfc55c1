"""A file in, three files out: kept, dropped, undecided; every row in exactly one of them.

Takes a gate (anything that judges), a JSON lines or Parquet file and a folder. Memory does not grow
with the file. A run killed at any moment goes on where it stood, and what it leaves in the end is
byte for byte what an undisturbed run leaves: verdicts are logged and committed chunk by chunk, then
the input is split by them, the outputs appear by rename, and the manifest comes last.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from gatewright.artefacts import explained, file_sha256, write_json
from gatewright.classifiers.columns import columns_of
from gatewright.classifiers.deciding import explanation, refused
from gatewright.classifiers.json_lines import JsonLines
from gatewright.classifiers.output_folder import (
    DECISIONS,
    MANIFEST,
    UNFINISHED,
    prepare,
    publish,
    refuse_own_output,
    require_space,
)
from gatewright.classifiers.verdict_log import Chunk, Item, Position, VerdictLog
from gatewright.classifiers.verdicts import Verdict
from gatewright.errors import InputError
from gatewright.locking import held

__all__ = ["FilterCounts", "Judge", "Progress", "filter_file"]

_LOCK = ".lock"


class Judge(Protocol):
    """What filtering asks of a gate."""

    @property
    def digest(self) -> str:
        """Its identity: a half-done output is only continued by the same."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the judged texts, the context first."""

    def judge(self, texts: Sequence[Any], prompts: Sequence[Any] | None = None) -> list[Verdict]:
        """One verdict for each text."""


class Progress(NamedTuple):
    """How far a run is."""

    rows: int
    share: float
    """Of the input, from 0 to 1."""


class FilterCounts(NamedTuple):
    """What became of the rows."""

    kept: int
    dropped: int
    undecided: int
    reasons: dict[str, dict[str, int]]
    """By decision (dropped, undecided), how many for each rule or kind of problem."""
    files: dict[str, Path]
    """The three outputs and the manifest."""

    @property
    def rows(self) -> int:
        """All of them: in = kept + dropped + undecided."""
        return self.kept + self.dropped + self.undecided

    @property
    def decisions(self) -> dict[str, int]:
        """The three by name."""
        return {"kept": self.kept, "dropped": self.dropped, "undecided": self.undecided}


class _Source(Protocol):
    suffix: str

    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> int: ...
    def check(self) -> None: ...
    def chunks(self, start: Position) -> Iterator[Chunk]: ...
    def split(self, verdicts: Iterable[Mapping[str, Any]], folder: Path) -> None: ...


def filter_file(
    gate: Judge,
    source: str | Path,
    out: str | Path,
    *,
    text: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> FilterCounts:
    """Sort the rows of a file into `out`/kept, dropped and undecided, of the format they came in.

    Kept lines pass through byte for byte. Dropped and undecided rows say why: under `gate` in JSON
    lines, in `gate_*` columns in Parquet. A line that cannot be read is undecided, by its offset.

    Args:
        gate: decides.
        source: JSON lines or Parquet.
        out: a folder; an unfinished run in it is continued.
        text: column of the judged text; by default the one named as the constitution names it.
        prompt: column of the prompt.
        response: column of the response.
        overwrite: throw away what `out` holds of an earlier run, finished or not.
        progress: called after every chunk.

    Raises:
        InputError: the file or a column is not there, or `out` holds something else.
        LockedError: another process works in `out`.
        EnvironmentProblem: the disk is full or closed. Run again to continue.
    """
    source, out = Path(source), Path(out)
    columns = columns_of(gate.fields, text=text, prompt=prompt, response=response)
    rows = _opened(source, columns)
    rows.check()
    refuse_own_output(source, out)
    with held(out / _LOCK):
        prepare(out, overwrite=overwrite)
        try:
            return _filtered(gate, rows, columns, out, progress or (lambda _: None))
        except OSError as error:
            raise explained(error, out) from error
        except KeyboardInterrupt as interrupt:
            interrupt.add_note("what is decided is kept: the same command goes on where it stood")
            raise


def _filtered(
    gate: Judge,
    rows: _Source,
    columns: Mapping[str, str],
    out: Path,
    progress: Callable[[Progress], None],
) -> FilterCounts:
    require_space(rows.path, out)
    state, size = _state(rows.path), max(1, rows.size)
    key = {"input": file_sha256(rows.path), "gate": gate.digest, "columns": dict(columns)}
    log = VerdictLog(out / UNFINISHED, key)
    for chunk in rows.chunks(log.position):
        log.append([explanation(each) for each in _judged(gate, chunk.items)], chunk.after)
        progress(Progress(log.rows, min(1.0, chunk.after.at / size)))
    if _state(rows.path) != state:
        raise InputError(
            f"{rows.path} was written to while it was filtered; run again with --overwrite"
        )
    return _finished(rows, log, key, out)


def _finished(rows: _Source, log: VerdictLog, key: Mapping[str, Any], out: Path) -> FilterCounts:
    """Outputs by rename, then the manifest. Killed in between, all of it is simply done again."""
    rows.split(log, out / UNFINISHED)
    files = {name: out / f"{name}{rows.suffix}" for name in DECISIONS}
    counts, reasons = _counted(log)
    if sum(counts.values()) != log.rows:
        raise AssertionError(f"{log.rows} rows in, {counts} out")
    manifest = {
        "format": 1,
        "input": {"name": rows.path.name, "sha256": key["input"]},
        "gate": key["gate"],
        "columns": key["columns"],
        "counts": {"in": log.rows, **counts},
        "blank_lines": log.position.blank,
        "reasons": reasons,
        "outputs": {
            path.name: file_sha256(out / UNFINISHED / path.name) for path in files.values()
        },
    }
    write_json(out / UNFINISHED / MANIFEST, manifest)
    files["manifest"] = out / MANIFEST
    for path in files.values():
        publish(out / UNFINISHED / path.name, path)
    shutil.rmtree(out / UNFINISHED)
    return FilterCounts(**counts, reasons=reasons, files=files)


def _judged(gate: Judge, items: Sequence[Item]) -> list[Verdict]:
    readable = [item for item in items if not isinstance(item, str)]
    *context, judged = gate.fields
    prompts = [item[context[0]] for item in readable] if context else None
    verdicts = gate.judge([item[judged] for item in readable], prompts) if readable else []
    if len(verdicts) != len(readable):
        raise AssertionError(f"{len(verdicts)} verdicts on {len(readable)} rows")
    given = iter(verdicts)
    return [
        refused(item, gate=gate.digest) if isinstance(item, str) else next(given) for item in items
    ]


def _counted(
    verdicts: Iterable[Mapping[str, Any]],
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    counts: Counter[str] = Counter(dict.fromkeys(DECISIONS, 0))
    reasons: dict[str, Counter[str]] = {"dropped": Counter(), "undecided": Counter()}
    for verdict in verdicts:
        counts[verdict["decision"]] += 1
        if verdict["decision"] != "kept":
            why = verdict["rule"] or verdict["reason"].partition(":")[0]
            reasons[verdict["decision"]][why] += 1
    return dict(counts), {name: dict(each.most_common()) for name, each in reasons.items()}


def _opened(source: Path, columns: Mapping[str, str]) -> _Source:
    if not source.is_file():
        raise InputError(f"there is no file {source}; give a file of JSON lines or Parquet")
    with source.open("rb") as file:
        magic = file.read(4)
    if magic.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK")):
        raise InputError(f"{source} is compressed; unpack it first")
    if magic == b"PAR1" or source.suffix == ".parquet":
        from gatewright.classifiers.parquet_rows import ParquetRows

        return ParquetRows(source, columns)
    return JsonLines(source, columns)


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
