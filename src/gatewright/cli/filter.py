"""The verb `filter`: a file into kept, dropped and undecided."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewright.cli.options import Base, Json, Prompt, Response, Text

if TYPE_CHECKING:
    from gatewright.classifiers.file_filtering import FilterCounts, Progress

__all__ = ["command"]

_SECONDS_BETWEEN_LINES = 5.0


def command(
    gate: Annotated[Path, typer.Argument(metavar="GATE", help="The gate's folder, or the run's.")],
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help="Rows: JSONL or Parquet.", exists=True, dir_okay=False),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the result.")],
    text: Text = None,
    prompt: Prompt = None,
    response: Response = None,
    base: Base = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what OUT holds, finished or not.")
    ] = False,
    json: Json = False,
) -> None:
    """Sort the rows of a file into OUT/kept, OUT/dropped and OUT/undecided.

    Kept rows are passed on byte for byte; dropped and undecided ones say why. A row that cannot be
    read or scored is undecided, never kept. Stopped at any moment, the same command goes on where
    it stood.

        gatewright filter runs/policy/gate in.jsonl out/ --text text

        gatewright filter runs/policy chats.parquet out/ --prompt question --response answer
    """
    from gatewright.classifiers.file_filtering import filter_file
    from gatewright.classifiers.gate import Gate
    from gatewright.cli.console import print_json

    with _shown_progress() as progress:
        counts = filter_file(
            Gate.load(gate, base),
            source,
            out,
            text=text,
            prompt=prompt,
            response=response,
            overwrite=overwrite,
            progress=progress,
        )
    if json:
        print_json(
            {
                "counts": {"in": counts.rows, **counts.decisions},
                "reasons": counts.reasons,
                "files": {name: str(path) for name, path in counts.files.items()},
            }
        )
    else:
        _print(counts)


def _print(counts: FilterCounts) -> None:
    from gatewright.cli.console import print_table, shown

    rows: list[tuple[object, ...]] = []
    for decision, number in counts.decisions.items():
        rows.append((decision, f"{number:,}", _percent(number, counts.rows)))
        for reason, part in counts.reasons.get(decision, {}).items():
            rows.append((f"  {reason}", f"{part:,}", _percent(part, counts.rows)))
    print_table(rows, head=("", "rows", "%"))
    for path in counts.files.values():
        typer.echo(shown(path))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


@contextmanager
def _shown_progress() -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, elsewhere a line every few seconds; both on stderr."""
    from gatewright.cli.console import stderr

    if not stderr.is_terminal:
        yield _lines()
        return
    from rich.progress import Progress as Bar

    with Bar(console=stderr, transient=True) as bar:
        task = bar.add_task("filtering", total=1.0)
        yield lambda at: bar.update(
            task, completed=at.share, description=f"filtering {at.rows:,} rows"
        )


def _lines() -> Callable[[Progress], None]:
    last = time.monotonic()

    def line(at: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            typer.echo(f"{at.rows:,} rows, {at.share:.0%} of the input", err=True)

    return line
