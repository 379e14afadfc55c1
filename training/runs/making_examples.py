"""The stages of a run that lead from a constitution to curated examples.

Each calls its room with plain arguments and counts what went in and came out. Knows nothing about
resuming, locks or the manifest. Rooms are imported when their stage runs, for most of them bring
torch along.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gatewright.training.runs.manifest import Counts
from gatewright.training.runs.running import Done, Run
from gatewright.training.runs.settings import RunSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewright.constitution import Constitution
    from gatewright.training.generators import Generator

__all__ = ["check", "curate", "synthesize", "verify"]


def check(this: Run) -> Done:
    from gatewright.classifiers.bases import resolve_base
    from gatewright.constitution import inspect

    # A base model that cannot be found is better known before replies are paid for.
    base = resolve_base(this.settings.base)
    examined = inspect(this.folder.constitution)
    constitution, problems = examined.constitution, examined.problems
    if constitution is None:
        raise AssertionError("the run was opened with a constitution that cannot be parsed")
    for problem in problems:
        this.say(f"check: {problem.located}")
    result = {
        "name": constitution.name,
        "judges": constitution.judges,
        "rules": len(constitution.rules),
        "clauses": len(constitution.clauses),
        "warnings": [problem.located for problem in problems],
        "base": {"name": base.name, "sha256": base.sha256},
    }
    clauses = len(constitution.clauses)
    return Done(Counts(entered=clauses, kept=clauses), result)


def synthesize(this: Run) -> Done:
    from gatewright.constitution import Constitution
    from gatewright.training.generators import Cast, Journal
    from gatewright.training.roles import cast_list
    from gatewright.training.synthesis import store, synthesize_with_roles

    asked, constitution = this.settings, Constitution.load(this.folder.constitution)
    opened, roles = _opener(this, constitution), cast_list(asked.roles)
    generator, progress = opened(asked.generator), partial(_progress, this, "synthesize")
    with Journal(this.folder.replies) as journal:
        result = synthesize_with_roles(
            constitution,
            generator,
            roles=roles,
            asking=Cast(
                asked.generator, opened=opened, journal=journal, roles=roles, progress=progress
            ),
            examples=asked.examples,
            seed=asked.seed,
            seed_texts=_seed_texts(this, constitution),
            journal=journal,
            templates=Path(asked.templates) if asked.templates else None,
            progress=progress,
        )
    store(result, this.folder.examples)
    kept, dropped = len(result.kept), len(result.dropped)
    counts = Counts(entered=kept + dropped, kept=kept, dropped=dropped)
    return Done(counts, {"generator": generator.name, **result.summary()})


def _opener(this: Run, constitution: Constitution) -> Callable[[str], Generator]:
    from gatewright.training.generators import open_generator

    return partial(
        open_generator,
        constitution=constitution,
        policy=this.policy,
        seed=this.settings.seed,
        **this.limits,
    )


def _seed_texts(this: Run, constitution: Constitution) -> list[dict[str, str]]:
    from gatewright.training.synthesis import read_seed_texts

    asked = this.settings
    if asked.seed_texts is None:
        return []
    columns = {"text": asked.text, "prompt": asked.prompt, "response": asked.response}
    read = read_seed_texts(Path(asked.seed_texts), constitution.fields, **columns)
    this.say(read.sentence)
    return read.items


def _progress(this: Run, stage: str, done: int, total: int) -> None:
    if done == total or done % 50 == 0:
        this.say(f"{stage}: {done} of {total} replies")


def verify(this: Run) -> Done:
    from gatewright.constitution import Constitution
    from gatewright.training.examples import read_examples
    from gatewright.training.generators import Cast, Journal
    from gatewright.training.roles import cast_list
    from gatewright.training.verification import VerificationResult, store
    from gatewright.training.verification import verify as verify_labels

    asked, constitution = this.settings, Constitution.load(this.folder.constitution)
    source = this.folder.examples / "examples.parquet"
    examples = read_examples(source)
    if asked.verify == "none":
        result = VerificationResult(examples, [], [])
    else:
        with Journal(this.folder.replies) as journal:
            asking = Cast(
                asked.judges or asked.generator,
                opened=_opener(this, constitution),
                journal=journal,
                roles=cast_list(asked.roles),
                progress=partial(_progress, this, "verify"),
            )
            result = verify_labels(
                constitution,
                examples,
                asking=asking,
                mode=asked.verify,
                templates=Path(asked.templates) if asked.templates else None,
            )
    store(result, this.folder.verified, source=source)
    counts = Counts(
        entered=len(examples),
        kept=len(result.kept),
        dropped=len(result.dropped),
        undecided=len(result.waiting),
    )
    return Done(counts, {"mode": asked.verify, **result.summary()})


def curate(this: Run) -> Done:
    from gatewright.training.curation import Shares, store
    from gatewright.training.curation import curate as curate_examples
    from gatewright.training.examples import read_examples

    examples = read_examples(this.folder.verified / "examples.parquet")
    asked = this.settings
    shares = Shares.of(len(examples), to_certify=_to_certify(asked))
    curated = curate_examples(examples, seed=asked.seed, shares=shares, disguised=asked.disguise)
    store(curated, this.folder.curated)
    counts = Counts(entered=len(examples), kept=curated.kept, dropped=len(curated.dropped))
    return Done(counts, curated.report)


def _to_certify(asked: RunSettings) -> int:
    """Examples to hold out: half of them permitted, of these four times what the budget takes."""
    from gatewright.training.certification import trials_needed

    return 0 if asked.benign else 8 * trials_needed(asked.budget, asked.confidence)
