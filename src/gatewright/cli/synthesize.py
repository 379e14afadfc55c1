"""The verb `synthesize`: a constitution becomes examples, by a generator or by batch file."""

from __future__ import annotations

from collections.abc import Callable
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
    Templates,
    ToBatch,
    limits,
)

if TYPE_CHECKING:
    from gatewright.constitution import Constitution
    from gatewright.training.generators import Generator

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
    roles: Annotated[
        str,
        typer.Option(
            help="Roles besides the writer, each with a model of its own if wanted: "
            "planner,answerer=openai:MODEL,reformatter."
        ),
    ] = "",
    clause: Annotated[
        list[str] | None,
        typer.Option(help="Ask for this clause only, RULE/CLAUSE; may be given several times."),
    ] = None,
    seed_texts: Annotated[
        Path | None,
        typer.Option(
            help="JSONL or Parquet file of real texts; each request shows one to learn "
            "its manner from. No labels are needed."
        ),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Its column with the judged text.")] = None,
    prompt: Annotated[str | None, typer.Option(help="Its column with the prompt.")] = None,
    response: Annotated[str | None, typer.Option(help="Its column with the response.")] = None,
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
    """
    from gatewright.artefacts import write_text
    from gatewright.cli.console import report, show_progress
    from gatewright.constitution import Constitution, find_constitution
    from gatewright.errors import InputError
    from gatewright.locking import held
    from gatewright.training.generators import Cast, Journal, open_generator, write_recording
    from gatewright.training.generators.openai_compatible import estimate
    from gatewright.training.roles import cast_list
    from gatewright.training.synthesis import (
        EXAMPLES,
        hand_out,
        plan,
        requests_for,
        slots_for,
        store,
        synthesize_with_roles,
        take_in,
    )

    if to_batch and from_batch:
        raise InputError("--to-batch and --from-batch are two steps; give one of them")
    if roles and (to_batch or from_batch):
        raise InputError(
            "--roles needs a --generator that answers at once; a batch file has the "
            "writer's requests alone"
        )
    path = find_constitution(policy)
    constitution = Constitution.load(path)
    real = _seed_texts(seed_texts, constitution, text=text, prompt=prompt, response=response)
    options = limits(max_calls, max_tokens, concurrency)
    notes: dict[str, Any] = {}
    write_text(out / "constitution.md", constitution.source)
    with held(out / "run.lock"), Journal(out / "replies.sqlite") as journal:
        if to_batch:
            slots = plan(
                constitution,
                examples=examples or EXAMPLES,
                seed=seed,
                clauses=clause,
                seed_texts=real,
            )
            handed = hand_out(
                constitution,
                to_batch,
                slots=slots,
                journal=journal,
                model=model,
                templates=templates,
                format=batch_format,
            )
            return report({**handed._asdict(), "file": str(to_batch)}, json)
        if from_batch:
            taken = take_in(constitution, from_batch, journal=journal, templates=templates)
            result = taken.result
            notes = {"new replies": taken.new, "lines set aside": taken.counts}
        else:
            spec = generator or _default(path)
            opened: Callable[[str], Generator] = partial(
                open_generator, constitution=constitution, policy=path, seed=seed, **options
            )
            writer = opened(spec)
            if dry_run:
                wanted = slots_for(
                    writer,
                    constitution,
                    examples=examples,
                    seed=seed,
                    clauses=clause,
                    seed_texts=real,
                )
                requests = requests_for(constitution, wanted, templates=templates)
                known = journal.answers(generator=writer.name, model=writer.model)
                pending = [each for each in requests if each.digest not in known]
                return report({"asking would come to": str(estimate(pending))}, json)
            others = cast_list(roles)
            result = synthesize_with_roles(
                constitution,
                writer,
                roles=others,
                asking=Cast(
                    spec, opened=opened, journal=journal, roles=others, progress=show_progress
                ),
                examples=examples,
                clauses=clause,
                seed_texts=real,
                seed=seed,
                journal=journal,
                templates=templates,
                progress=show_progress,
            )
        if record:
            notes["recorded"] = write_recording(record, result.answers)
        store(result, out / "examples")
    report({**result.summary(), **notes, "folder": str(out / "examples")}, json)


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
    left_out = ", ".join(f"{count} {reason}" for reason, count in read.rejected.items())
    told = f"seed texts: {len(read.items):,}" + (f"; left out: {left_out}" if left_out else "")
    typer.echo(told, err=True)
    return read.items


def _default(policy: Path) -> str:
    from gatewright.training.generators import recording_of

    spec = "recorded" if recording_of(policy).is_file() else "composed"
    typer.echo(_WEAK if spec == "composed" else "generator: recorded", err=True)
    return spec
