"""The verb `run`: every stage, from a constitution to a certified gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewright.cli.options import (
    Budget,
    Concurrency,
    Confidence,
    Json,
    MaxCalls,
    MaxTokens,
    MissBudget,
    Policy,
    Prompt,
    Response,
    Roles,
    SeedTexts,
    Templates,
    Text,
    limits,
)

__all__ = ["command"]


def command(
    policy: Policy,
    out: Annotated[Path, typer.Option(help="The run folder; the same command continues in it.")],
    generator: Annotated[
        str | None,
        typer.Option(
            help="Who answers: NAME or NAME:ARGUMENT. Default: recorded if replies lie beside the "
            "policy, else composed."
        ),
    ] = None,
    verify: Annotated[
        str | None,
        typer.Option(
            metavar="none|debate|grader",
            help="Whether judges check the labels. Default: debate with recorded verdicts or a "
            "language model, else none.",
        ),
    ] = None,
    judges: Annotated[
        str | None,
        typer.Option(help="Who judges: NAME or NAME:ARGUMENT. Default: the generator."),
    ] = None,
    roles: Roles = "",
    seed_texts: SeedTexts = None,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
    concurrency: Concurrency = None,
    base: Annotated[
        str, typer.Option(help="Model to fine-tune: embedded, a folder, or a hub name.")
    ] = "embedded",
    examples: Annotated[
        int | None, typer.Option(help="How many to ask for. Default: 600, or all recorded.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Settles everything that is drawn.")] = 0,
    templates: Templates = None,
    disguise: Annotated[
        float,
        typer.Option(help="Share of what is learned from that gets a disguised sibling, up to 1."),
    ] = 0.0,
    epochs: Annotated[
        int | None, typer.Option(help="Most passes over the training examples.")
    ] = None,
    upper_layers: Annotated[
        int | None, typer.Option(help="Adapt only so many of the last layers: faster.")
    ] = None,
    benign: Annotated[
        Path | None,
        typer.Option(help="JSONL or Parquet file of permitted text to certify on."),
    ] = None,
    text: Text = None,
    prompt: Prompt = None,
    response: Response = None,
    budget: Budget = 0.05,
    confidence: Confidence = 0.95,
    miss_budget: MissBudget = None,
    accept_change: Annotated[
        bool, typer.Option("--accept-change", help="Take over an edit or other options.")
    ] = False,
    json: Json = False,
) -> None:
    """Do it all: check, synthesize, verify, curate, train and certify, in one folder.

    Stopped or killed, it goes on with the same command: what is finished is not done again, and no
    reply is asked for twice. The gate is in OUT/gate, the figures in OUT/metrics.json, what each
    stage took in and left in OUT/manifest.json.

        gatewright run refusals --out runs/refusals

        gatewright run policy.md --out runs/policy --generator composed --examples 900

        gatewright run policy.md --out runs/policy --benign ordinary.jsonl --text text

    After an edit, or with other options, only what the change touches is asked again:

        gatewright run policy.md --out runs/policy --examples 1200 --accept-change
    """
    from gatewright.cli.console import print_json, print_table, shown, stderr, stdout
    from gatewright.constitution import find_constitution
    from gatewright.training.runs import (
        STAGES,
        RunSettings,
        as_rows,
        as_values,
        next_steps,
        run,
    )

    path = find_constitution(policy)
    settings = RunSettings.asked(
        path,
        generator=generator,
        verify=verify,
        judges=judges,
        roles=roles,
        seed_texts=seed_texts,
        base=base,
        examples=examples,
        seed=seed,
        templates=templates,
        disguise=disguise,
        epochs=epochs,
        upper_layers=upper_layers,
        benign=benign,
        text=text,
        prompt=prompt,
        response=response,
        budget=budget,
        confidence=confidence,
        miss_budget=miss_budget,
    )
    result = run(
        path,
        out,
        settings,
        stages=STAGES,
        accept_change=accept_change,
        say=lambda line: stderr.print(shown(line)),
        limits=limits(max_calls, max_tokens, concurrency),
    )
    if json:
        print_json(as_values(result))
        return
    print_table(as_rows(result))
    stdout.print("\n" + shown("\n".join(next_steps(result))))
