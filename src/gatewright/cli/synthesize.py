"""The verb `synthesize`: a constitution becomes examples, by a generator or by batch file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewright.cli.options import (
    BatchFormat,
    Concurrency,
    DryRun,
    FromBatch,
    Json,
    MaxCalls,
    MaxTokens,
    Policy,
    Prompt,
    Response,
    Roles,
    SeedTexts,
    Templates,
    Text,
    ToBatch,
    limits,
)

if TYPE_CHECKING:
    from gatewright.constitution import Constitution
    from gatewright.training.generators import Generator, Journal

__all__ = ["command"]

_WEAK = (
    "generator: composed, the offline fallback. Its examples recombine the policy's own words, so "
    "the gate will be weak. Better: --to-batch FILE, any model's replies, --from-batch FILE; or "
    "another --generator."
)


def command(
    policy: Policy,
    out: Annotated[Path, typer.Option(help="The run folder; a second run continues in it.")],
    generator: Annotated[
        str | None,
        typer.Option(
            help="NAME or NAME:ARGUMENT. Default: recorded if replies lie beside the policy, "
            "else composed."
        ),
    ] = None,
    examples: Annotated[
        int | None, typer.Option(min=1, help="How many to ask for. Default: 600, or all recorded.")
    ] = None,
    roles: Roles = "",
    clause: Annotated[
        list[str] | None,
        typer.Option(help="Ask for this clause only, RULE/CLAUSE; may be given several times."),
    ] = None,
    seed_texts: SeedTexts = None,
    text: Text = None,
    prompt: Prompt = None,
    response: Response = None,
    seed: Annotated[int, typer.Option(help="Settles the plan and the offline generators.")] = 0,
    templates: Templates = None,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
    concurrency: Concurrency = None,
    dry_run: DryRun = False,
    to_batch: ToBatch = None,
    batch_format: BatchFormat = "openai",
    model: Annotated[str, typer.Option(help="The model named in the batch file.")] = "MODEL",
    from_batch: FromBatch = None,
    record: Annotated[
        Path | None, typer.Option(help="Also write the replies as a recording to ship.")
    ] = None,
    json: Json = False,
) -> None:
    """Ask a generator for examples of every clause, and read its replies.

    Every reply is kept in OUT/replies.sqlite as it arrives, so an interrupted run continues
    where it was. Examples go to OUT/examples/, with dropped.jsonl beside them.

        gatewright synthesize refusals --out runs/refusals

        gatewright synthesize policy.md --out runs/policy --generator composed --examples 900

        gatewright synthesize policy.md --out runs/policy --generator openai:MODEL --dry-run

        gatewright synthesize policy.md --out runs/policy --seed-texts log.jsonl --text message

    By batch file, with any model, in any number of parts:

        gatewright synthesize policy.md --out runs/policy --to-batch requests.jsonl --model NAME

        gatewright synthesize policy.md --out runs/policy --from-batch replies.jsonl

    With --roles in both, batches go out in turns: what a role is asked follows from the last.
    """
    from gatewright.artefacts import write_text
    from gatewright.cli.console import report, show_progress
    from gatewright.constitution import Constitution, find_constitution
    from gatewright.errors import InputError
    from gatewright.locking import held
    from gatewright.training.generators import Cast, Journal, open_generator, write_recording
    from gatewright.training.roles import cast_list
    from gatewright.training.synthesis import store, synthesize_with_roles, take_in

    if to_batch and from_batch:
        raise InputError("--to-batch and --from-batch are two steps; give one of them")
    others = cast_list(roles)
    path = find_constitution(policy)
    constitution = Constitution.load(path)
    real = _seed_texts(seed_texts, constitution, text=text, prompt=prompt, response=response)
    wanted: dict[str, Any] = {
        "examples": examples,
        "clauses": clause,
        "seed": seed,
        "seed_texts": real,
    }
    notes: dict[str, Any] = {}
    waiting = 0
    write_text(out / "constitution.md", constitution.source)
    with held(out / "run.lock"), Journal(out / "replies.sqlite") as journal:
        common: dict[str, Any] = {"journal": journal, "templates": templates}
        if to_batch:
            batch = {"model": model, "format": batch_format, **common}
            handed = _hand_out(constitution, to_batch, wanted, others, batch)
            return report({**handed, "file": str(to_batch)}, json)
        if from_batch:
            taken = take_in(constitution, from_batch, roles=others, **common)
            result, waiting = taken.result, taken.waiting
            notes = {"new replies": taken.new, "lines set aside": taken.counts}
        else:
            spec = generator or _default(path)
            opened: Callable[[str], Generator] = partial(
                open_generator,
                constitution=constitution,
                policy=path,
                seed=seed,
                **limits(max_calls, max_tokens, concurrency),
            )
            writer = opened(spec)
            if dry_run:
                cost = _estimate(constitution, writer, wanted, **common)
                return report({"asking would come to": cost}, json)
            cast = Cast(spec, opened=opened, journal=journal, roles=others, progress=show_progress)
            result = synthesize_with_roles(
                constitution,
                writer,
                roles=others,
                asking=cast,
                progress=show_progress,
                **wanted,
                **common,
            )
        if record:
            notes["recorded"] = write_recording(record, result.answers)
        store(result, out / "examples")
    report({**result.summary(), **notes, "folder": str(out / "examples")}, json)
    if waiting:
        again = f"gatewright synthesize {policy} --out {out} --roles {roles} --to-batch FILE"
        typer.echo(f"{waiting} examples wait for a role; go on with: {again}", err=True)


def _hand_out(
    constitution: Constitution,
    to_batch: Path,
    wanted: dict[str, Any],
    roles: Collection[str],
    batch: dict[str, Any],
) -> dict[str, Any]:
    """Write what can be asked by now: the planner's request before there can be a plan."""
    from gatewright.training.generators.by_batch import HandedOut
    from gatewright.training.roles.proposing import PLANNER
    from gatewright.training.synthesis import EXAMPLES, hand_out, hand_out_planner, plan

    wanted = {**wanted, "examples": wanted["examples"] or EXAMPLES}
    if PLANNER in roles:
        planner = hand_out_planner(constitution, to_batch, **batch)
        if isinstance(planner, HandedOut):
            return planner._asdict()
        wanted["widen"] = planner
    slots = plan(constitution, **wanted)
    return hand_out(constitution, to_batch, slots=slots, roles=roles, **batch)._asdict()


def _estimate(
    constitution: Constitution,
    writer: Generator,
    wanted: dict[str, Any],
    *,
    journal: Journal,
    templates: Path | None,
) -> str:
    from gatewright.training.generators.openai_compatible import estimate
    from gatewright.training.synthesis import requests_for, slots_for

    slots = slots_for(writer, constitution, **wanted)
    known = journal.answers(generator=writer.name, model=writer.model)
    requests = requests_for(constitution, slots, templates=templates)
    return str(estimate([each for each in requests if each.digest not in known]))


def _seed_texts(
    path: Path | None, constitution: Constitution, **columns: str | None
) -> list[dict[str, str]]:
    from gatewright.errors import InputError
    from gatewright.training.synthesis import read_seed_texts

    if path is None:
        if any(columns.values()):
            raise InputError("--text, --prompt and --response name columns of --seed-texts FILE")
        return []
    read = read_seed_texts(path, constitution.fields, **columns)
    typer.echo(read.sentence, err=True)
    return read.items


def _default(policy: Path) -> str:
    from gatewright.training.generators import recording_of

    spec = "recorded" if recording_of(policy).is_file() else "composed"
    typer.echo(_WEAK if spec == "composed" else "generator: recorded", err=True)
    return spec
