"""The verb `synthesize`: a constitution becomes examples, by a generator or by batch file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gatewright.constitution.records import Constitution
    from gatewright.training.generators import Generator, Journal
    from gatewright.training.synthesis import SynthesisResult

__all__ = ["command"]

_WEAK = (
    "generator: composed, the offline fallback. Its examples recombine the policy's own words, so "
    "the gate will be weak. Better: --to-batch FILE, any model's replies, --from-batch FILE; or "
    "another --generator."
)


def command(
    policy: Annotated[
        str, typer.Argument(help="A constitution (markdown), or the name of a bundled one.")
    ],
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
    seed: Annotated[int, typer.Option(help="Settles the plan and the offline generators.")] = 0,
    templates: Annotated[
        Path | None, typer.Option(help="Folder of prompt templates to use instead of ours.")
    ] = None,
    to_batch: Annotated[
        Path | None, typer.Option(help="Write unanswered requests as a batch file, and stop.")
    ] = None,
    batch_format: Annotated[
        str,
        typer.Option(
            metavar="openai|anthropic", help="Whose batch format to write; either is read."
        ),
    ] = "openai",
    model: Annotated[str, typer.Option(help="The model named in the batch file.")] = "MODEL",
    from_batch: Annotated[
        list[Path] | None, typer.Option(help="Take in a batch's replies; may be repeated.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Also write the replies as a recording to ship.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Ask a generator for examples of every clause, and read its replies.

    Every reply is kept in OUT/replies.sqlite as it arrives, so an interrupted run continues
    where it was. Examples go to OUT/examples/, with dropped.jsonl beside them.

        gatewright synthesize refusals --out runs/refusals

        gatewright synthesize policy.md --out runs/policy --generator composed --examples 900

    By batch file, with any model, in any number of parts:

        gatewright synthesize policy.md --out runs/policy --to-batch requests.jsonl --model NAME

        gatewright synthesize policy.md --out runs/policy --from-batch replies.jsonl
    """
    from gatewright.artefacts import write_text
    from gatewright.constitution import Constitution, find_constitution
    from gatewright.errors import InputError
    from gatewright.locking import held
    from gatewright.training.generators import Journal, write_recording
    from gatewright.training.synthesis import EXAMPLES, hand_out, plan, store, take_in

    if to_batch and from_batch:
        raise InputError("--to-batch and --from-batch are two steps; give one of them")
    if roles and (to_batch or from_batch):
        raise InputError(
            "--roles needs a --generator that answers at once; a batch file has the "
            "writer's requests alone"
        )
    path = find_constitution(policy)
    constitution = Constitution.load(path)
    notes: dict[str, Any] = {}
    write_text(out / "constitution.md", constitution.source)
    with held(out / "run.lock"), Journal(out / "replies.sqlite") as journal:
        if to_batch:
            slots = plan(constitution, examples=examples or EXAMPLES, seed=seed, clauses=clause)
            handed = hand_out(
                constitution,
                to_batch,
                slots=slots,
                journal=journal,
                model=model,
                templates=templates,
                format=batch_format,
            )
            return _report({**handed._asdict(), "file": str(to_batch)}, json)
        if from_batch:
            taken = take_in(constitution, from_batch, journal=journal, templates=templates)
            result = taken.result
            notes = {"new replies": taken.new, "lines set aside": taken.counts}
        else:
            result = _ask(
                constitution, path, generator, roles, examples, clause, seed, journal, templates
            )
        if record:
            notes["recorded"] = write_recording(record, result.answers)
        store(result, out / "examples")
    _report({**result.summary(), **notes, "folder": str(out / "examples")}, json)


def _ask(
    constitution: Constitution,
    path: Path,
    spec: str | None,
    roles: str,
    examples: int | None,
    clauses: list[str] | None,
    seed: int,
    journal: Journal,
    templates: Path | None,
) -> SynthesisResult:
    from gatewright.training.generators import Cast, open_generator, recording_of
    from gatewright.training.roles import cast_list
    from gatewright.training.synthesis import synthesize_with_roles

    if spec is None:
        spec = "recorded" if recording_of(path).is_file() else "composed"
        typer.echo(_WEAK if spec == "composed" else "generator: recorded", err=True)

    def opened(name: str) -> Generator:
        return open_generator(name, constitution=constitution, policy=path, seed=seed)

    others = cast_list(roles)
    return synthesize_with_roles(
        constitution,
        opened(spec),
        roles=others,
        asking=Cast(spec, opened=opened, journal=journal, roles=others, progress=_show_progress),
        examples=examples,
        clauses=clauses,
        seed=seed,
        journal=journal,
        templates=templates,
        progress=_show_progress,
    )


def _show_progress(done: int, total: int) -> None:
    if done == total or done % 50 == 0:
        typer.echo(f"replies: {done} of {total}", err=True)


def _report(summary: Mapping[str, Any], json: bool) -> None:
    from gatewright.cli.console import print_json, print_summary

    if json:
        print_json(dict(summary))
    else:
        print_summary(summary)
