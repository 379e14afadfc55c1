"""The verb `curate`: examples become splits to learn from and to certify on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gatewright.training.curation import CuratedSet

__all__ = ["command"]


def command(
    run: Annotated[Path, typer.Argument(help="The run folder; its examples are curated.")],
    seed: Annotated[int, typer.Option(help="Settles what surplus goes, and the split.")] = 0,
    disguise: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            help="Share of train and validation that gets a disguised sibling, of each verdict.",
        ),
    ] = 0.0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Remove copies and surplus, and split by lineage into train, validation and certification.

    Reads RUN/verified/ if gatewright verify wrote it, else RUN/examples/; writes RUN/curated/,
    with dropped.jsonl beside the splits.
    Every example is in one split, or dropped with its reason.
    Disguised siblings (role play, encodings, look-alike letters, padding, ...) come on top of them,
    never in certification.

        gatewright curate runs/policy

        gatewright curate runs/policy --seed 7 --json

        gatewright curate runs/policy --disguise 0.2
    """
    from gatewright.cli.console import print_json
    from gatewright.errors import InputError
    from gatewright.locking import held
    from gatewright.training.curation import curate, store
    from gatewright.training.examples import read_examples
    from gatewright.training.verification import examples_to_use

    source = run / "examples" / "examples.parquet"
    if not source.is_file():
        raise InputError(
            f"{run} has no examples ({source} is missing); make some: "
            f"gatewright synthesize POLICY --out {run}"
        )
    with held(run / "run.lock"):
        chosen = examples_to_use(run / "examples", run / "verified")
        curated = curate(read_examples(chosen), seed=seed, disguised=disguise)
        store(curated, run / "curated")
    if json:
        print_json({**curated.report, "folder": str(run / "curated")})
    else:
        _print(curated, run, disguise=disguise > 0)


def _print(curated: CuratedSet, run: Path, *, disguise: bool) -> None:
    from gatewright.cli.console import print_table, shown
    from gatewright.training.curation.splitting import SPLITS

    report = curated.report
    rows = [
        (row["clause"], row["verdict"], *(row["counts"][name] for name in SPLITS))
        for row in report["clauses"]
    ]
    total = ("all", "", *(report["splits"][name] for name in SPLITS))
    print_table([*rows, total], head=("clause", "verdict", *SPLITS))
    reasons = ", ".join(f"{count} {reason}" for reason, count in report["reasons"].items())
    typer.echo(
        f"{report['in']} in, {report['kept']} kept, {report['dropped']} dropped"
        f"{f' ({reasons})' if reasons else ''}"
    )
    if disguise:
        typer.echo(_siblings(report["siblings"]))
    typer.echo(shown(f"next: gatewright train {run}"))


def _siblings(counts: dict[str, Any]) -> str:
    families = ", ".join(f"{count} {family}" for family, count in counts["families"].items())
    failed = ", ".join(f"{count} {reason}" for reason, count in counts["failed"].items())
    return (
        f"{counts['added']} disguised siblings added{f' ({families})' if families else ''}"
        f"{f', not added: {failed}' if failed else ''}"
    )
