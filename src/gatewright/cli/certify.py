"""The verb `certify`: a trained gate gets its temperature and its certified thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewright.cli.options import (
    Base,
    Budget,
    Confidence,
    Json,
    MissBudget,
    Prompt,
    Response,
    Text,
)

if TYPE_CHECKING:
    from gatewright.training.certification import CertifiedRun

__all__ = ["command"]


def command(
    run: Annotated[Path, typer.Argument(help="The run folder; its gate is certified.")],
    benign: Annotated[
        Path | None,
        typer.Option(help="JSONL or Parquet file of permitted text, instead of the run's own."),
    ] = None,
    text: Text = None,
    prompt: Prompt = None,
    response: Response = None,
    budget: Budget = 0.05,
    confidence: Confidence = 0.95,
    miss_budget: MissBudget = None,
    base: Base = None,
    json: Json = False,
) -> None:
    """Calibrate the gate of a run, and certify the thresholds at which it drops and keeps.

    Certified on examples of the run that were never trained on, or on your own permitted text.
    A budget that needs more examples than there are is refused: 1 % takes 299 of them. Writes
    RUN/gate/gate.json and RUN/metrics.json.

        gatewright certify runs/policy

        gatewright certify runs/policy --budget .02 --miss-budget .2

        gatewright certify runs/policy --benign ordinary.jsonl --text text --budget .001
    """
    from gatewright.cli.console import print_json
    from gatewright.errors import InputError
    from gatewright.locking import held
    from gatewright.training.certification import certify_run, report_metrics

    if not (run / "gate").is_dir():
        raise InputError(f"{run} has no gate yet; train one: gatewright train {run}")
    with held(run / "run.lock"):
        certified = certify_run(
            run,
            benign=benign,
            text=text,
            prompt=prompt,
            response=response,
            budget=budget,
            confidence=confidence,
            miss_budget=miss_budget,
            base=base,
        )
        overall = report_metrics(run, base=base)["overall"]
    if json:
        print_json({**certified.report, "overall": overall, "gate": str(run / "gate")})
    else:
        _print(certified, overall, run)


def _print(certified: CertifiedRun, overall: dict[str, Any], run: Path) -> None:
    from gatewright.cli.console import print_table, shown
    from gatewright.training.evaluation import decisions_in_words

    report = certified.report
    thresholds = certified.certification.thresholds
    rows = [
        (name, f"{each.threshold:.4f}", f"{each.k} of {each.n}", f"{each.bound:.4f}", each.budget)
        for name, each in (("drop above", thresholds.drop), ("keep up to", thresholds.keep))
        if each is not None
    ]
    print_table(rows, head=("", "threshold", "errors", "bound", "budget"))
    for sentence in certified.sentences:
        typer.echo(shown(sentence))
    typer.echo(shown(f"certified on: {thresholds.drop.pool}"))
    for line in decisions_in_words(overall):
        typer.echo(f"certification split, {line}")
    for what in ("left_out", "unscored"):
        for reason, count in report[what].items():
            typer.echo(shown(f"{what.replace('_', ' ')}: {count} {reason}"))
    typer.echo(shown(f"figures: {run / 'metrics.json'}"))
    typer.echo(shown(f"next: gatewright filter {run / 'gate'} IN.jsonl OUT/"))
