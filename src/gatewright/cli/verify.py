"""The verb `verify`: labels are checked by judges, by a generator or by batch file."""

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
    from gatewright.training.verification import Asking, VerificationResult

__all__ = ["command"]


def command(
    policy: Policy,
    out: Annotated[Path, typer.Option(help="The run folder that synthesize wrote to.")],
    judges: Annotated[
        str | None,
        typer.Option(
            help="Who judges: NAME or NAME:ARGUMENT. Default: the recorded verdicts beside the "
            "policy."
        ),
    ] = None,
    roles: Annotated[
        str,
        typer.Option(
            help="Other models for some roles: judge-recall=openai:A,advocate=openai:B. The roles "
            "are grader, judge-recall, judge-precision and advocate."
        ),
    ] = "",
    mode: Annotated[
        str,
        typer.Option(
            metavar="debate|grader", help="Two judges with an advocate, or one grader, once."
        ),
    ] = "debate",
    which: Annotated[
        str,
        typer.Option(
            help="all; a share such as .3; unsure: where the writer had doubts; or doubtful: where "
            "a model trained on the other examples has."
        ),
    ] = "all",
    samples: Annotated[int, typer.Option(min=1, help="Critiques of each judge.")] = 1,
    strictness: Annotated[
        float,
        typer.Option(min=0, help="How much a quoted objection weighs against their majority."),
    ] = 0.0,
    measure_critics: Annotated[
        int,
        typer.Option(
            min=0,
            help="Also tamper with so many verified examples, and say what each judge finds of the "
            "known mistakes and whom it accuses wrongly.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(help="Settles what the generators draw.")] = 0,
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
        Path | None, typer.Option(help="Also write the judges' replies as a recording to ship.")
    ] = None,
    json: Json = False,
) -> None:
    """Have labels checked by judges who do not know them; keep what they are unanimous about.

    Examples are read from OUT/examples/ and written to OUT/verified/, with dropped.jsonl beside
    them; curate takes them from there. A judge's verdict counts only if it quotes the text.

        gatewright verify policy.md --out runs/policy --judges openai:MODEL

        gatewright verify policy.md --out runs/policy --judges openai:SMALL --mode grader

        gatewright verify policy.md --out runs/policy --judges openai:MODEL --measure-critics 100

    By batch file, in turns: a debate asks again about what its first round left open.

        gatewright verify policy.md --out runs/policy --to-batch judge.jsonl --model NAME

        gatewright verify policy.md --out runs/policy --from-batch verdicts.jsonl
    """
    from gatewright.cli.console import report, show_progress
    from gatewright.constitution import Constitution, find_constitution
    from gatewright.errors import InputError
    from gatewright.locking import held
    from gatewright.training.examples import read_examples
    from gatewright.training.generators import (
        AskNobody,
        Cast,
        Journal,
        batch_answers,
        hand_out,
        open_generator,
        receive,
        write_recording,
    )
    from gatewright.training.generators.openai_compatible import estimate
    from gatewright.training.roles import cast_list
    from gatewright.training.verification import store, verify

    if to_batch and from_batch:
        raise InputError("--to-batch and --from-batch are two steps; give one of them")
    if record and not from_batch:
        raise InputError("--record writes down what came by batch; give it with --from-batch")
    path = find_constitution(policy)
    constitution = Constitution.load(path)
    source = out / "examples" / "examples.parquet"
    if not source.is_file():
        raise InputError(f"{out} holds no examples; run gatewright synthesize {policy} --out {out}")
    examples = read_examples(source)
    notes: dict[str, Any] = {}
    with held(out / "run.lock"), Journal(out / "replies.sqlite") as journal:
        if from_batch:
            received = receive(from_batch, journal=journal)
            notes = {"new replies": received.new, "lines set aside": dict(received.counts)}
        nobody = AskNobody(batch_answers(journal))
        at_once = not (to_batch or from_batch or dry_run)
        asking: Asking = nobody.as_anybody
        if at_once:
            opened: Callable[[str], Generator] = partial(
                open_generator,
                constitution=constitution,
                policy=path,
                seed=seed,
                **limits(max_calls, max_tokens, concurrency),
            )
            asking = Cast(
                judges or _recorded(path),
                opened=opened,
                journal=journal,
                roles=cast_list(roles),
                progress=show_progress,
            )
        result = verify(
            constitution,
            examples,
            asking=asking,
            mode=mode,  # type: ignore[arg-type]
            which=which,
            samples=samples,
            strictness=strictness,
            templates=templates,
        )
        critics = _critics(constitution, result, measure_critics, mode, asking, templates, out)
        if dry_run:
            note = "; a debate's second round, about what the first leaves open, comes on top"
            return report({"asking would come to": f"{estimate(nobody.pending)}{note}"}, json)
        if to_batch:
            handed = hand_out(
                to_batch, nobody.pending, journal=journal, model=model, format=batch_format
            )
            return report({"requests": handed.written, "file": str(to_batch)}, json)
        if record:
            notes["recorded"] = write_recording(record, nobody.used)
        store(result, out / "verified", source=source)
    report({**result.summary(), **critics, **notes, "folder": str(out / "verified")}, json)
    _say_what_waits(result, policy, out, by_batch=not at_once)


def _critics(
    constitution: Constitution,
    result: VerificationResult,
    count: int,
    mode: str,
    asking: Asking,
    templates: Path | None,
    out: Path,
) -> dict[str, Any]:
    """Measure the judges, write OUT/verified/critics.json, and give the figures to print."""
    from gatewright.artefacts import write_json
    from gatewright.training.verification import GRADER, JUDGES, measure_critics

    if not count:
        return {}
    judges = JUDGES if mode == "debate" else [GRADER]
    found = measure_critics(
        constitution, result.kept, count=count, asking=asking, judges=judges, templates=templates
    )
    (out / "verified").mkdir(exist_ok=True)
    write_json(out / "verified" / "critics.json", found)
    figures = {
        f"{role}, {name}": f"{each['k']} of {each['n']}"
        for role, report in found["critics"].items()
        for name, each in (report or {}).items()
    }
    waits = "not all have answered yet" if None in found["critics"].values() else ""
    return {
        "tampered": found["tampered"]["done"],
        "tamper detector AUROC": found["tamper detector"]["auroc"],
        **({"critics": waits} if waits else figures),
    }


def _recorded(policy: Path) -> str:
    from gatewright.errors import InputError
    from gatewright.training.generators import verdicts_of

    if not verdicts_of(policy).is_file():
        raise InputError(
            f"nobody to judge: there are no recorded verdicts at {verdicts_of(policy)}; name a "
            "model, --judges openai:MODEL, or ask by batch file, --to-batch FILE"
        )
    return f"recorded:{verdicts_of(policy)}"


def _say_what_waits(result: VerificationResult, policy: str, out: Path, *, by_batch: bool) -> None:
    if not result.waiting:
        return
    again = "--to-batch FILE" if by_batch else "(the same options)"
    typer.echo(
        f"{len(result.waiting)} examples wait for replies and are not among the verified; go on "
        f"with: gatewright verify {policy} --out {out} {again}",
        err=True,
    )
