"""The stages of a run, as data: what each depends on, does and leaves.

    check ─▶ synthesize ─▶ verify ─▶ curate ─▶ train ─▶ certify

Each one calls its room with plain arguments and counts what went in and came out. Knows nothing
about resuming, locks or the manifest. Rooms are imported when their stage runs, for most of them
bring torch along.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.artefacts import digest
from gatewright.errors import QualityError
from gatewright.training.runs.manifest import Counts, digests
from gatewright.training.runs.running import Done, Run, Stage
from gatewright.training.runs.settings import RunSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewright.constitution import Constitution
    from gatewright.training.curation import Split
    from gatewright.training.generators import Generator

__all__ = ["STAGES"]

_COLUMNS = ("text", "prompt", "response")


def _check(this: Run) -> Done:
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


def _synthesize(this: Run) -> Done:
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


def _verify(this: Run) -> Done:
    from gatewright.constitution import Constitution
    from gatewright.training.examples import read_examples
    from gatewright.training.generators import Cast, Journal
    from gatewright.training.roles import cast_list
    from gatewright.training.verification import VerificationResult, store, verify

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
            result = verify(
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


def _curate(this: Run) -> Done:
    from gatewright.training.curation import Shares, curate, store
    from gatewright.training.examples import read_examples

    examples = read_examples(this.folder.verified / "examples.parquet")
    asked = this.settings
    shares = Shares.of(len(examples), to_certify=_to_certify(asked))
    curated = curate(examples, seed=asked.seed, shares=shares, disguised=asked.disguise)
    store(curated, this.folder.curated)
    counts = Counts(entered=len(examples), kept=curated.kept, dropped=len(curated.dropped))
    return Done(counts, curated.report)


def _to_certify(asked: RunSettings) -> int:
    """Examples to hold out: half of them permitted, of these four times what the budget takes."""
    from gatewright.training.certification import trials_needed

    return 0 if asked.benign else 8 * trials_needed(asked.budget, asked.confidence)


def _train(this: Run) -> Done:
    import torch

    from gatewright.constitution import Constitution
    from gatewright.training.curation import load
    from gatewright.training.fine_tuning import fine_tune

    asked, parts = this.settings, load(this.folder.curated)
    if asked.benign is None:
        _refuse_few(parts, asked)
    more: dict[str, Any] = {} if asked.epochs is None else {"epochs": asked.epochs}
    result = fine_tune(
        parts.train,
        parts.validation,
        constitution=Constitution.load(this.folder.constitution),
        base=asked.base,
        out=this.folder.gate,
        checkpoints=this.folder.checkpoints,
        seed=asked.seed,
        upper_layers=asked.upper_layers,
        **more,
    )
    entered, left_out = len(parts.train) + len(parts.validation), sum(result.left_out.values())
    counts = Counts(entered=entered, kept=entered - left_out, dropped=left_out)
    # The last bits of the weights depend on how many threads added them up.
    return Done(counts, {**result.as_dict(), "threads": torch.get_num_threads()})


def _refuse_few(parts: Split, asked: RunSettings) -> None:
    """Say before the training, not after it, that the examples cannot carry the certificate."""
    from gatewright.training.certification import trials_needed

    groups = len({each.group for each in parts.certification if not each.restricted})
    needed = trials_needed(asked.budget, asked.confidence)
    if groups < needed:
        raise QualityError(
            f"a budget of {asked.budget:g} at {asked.confidence:g} confidence takes {needed} "
            "permitted examples that are only used to certify it, and there are "
            f"{groups}: ask for about {-(-sum(map(len, parts)) * needed // max(groups, 1))} "
            "(--examples), allow a larger --budget, or certify on a file of your own (--benign)"
        )


def _trained(root: Path) -> dict[str, str]:
    """What training wrote, and its part of the card: certifying sets the rest of it."""
    found = digests(root, _GATE)
    try:
        card: dict[str, Any] = json.loads((root / "gate/gate.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return found
    own = {name: card[name] for name in sorted(card) if name not in ("temperature", "thresholds")}
    return found | {"gate/gate.json, as trained": digest(own)}


def _certify(this: Run) -> Done:
    from gatewright.training.certification import certify_run, report_metrics

    asked = this.settings
    certified = certify_run(
        this.folder.root,
        benign=Path(asked.benign) if asked.benign else None,
        text=asked.text,
        prompt=asked.prompt,
        response=asked.response,
        budget=asked.budget,
        confidence=asked.confidence,
        miss_budget=asked.miss_budget,
        base=asked.base,
    )
    metrics = report_metrics(this.folder.root, base=asked.base)
    overall, unscored = metrics["overall"], sum(metrics["unscored"].values())
    decided = overall["decisions"].values()
    counts = Counts(
        entered=overall["n"] + unscored,
        kept=sum(each["kept"] for each in decided),
        dropped=sum(each["dropped"] for each in decided),
        undecided=sum(each["undecided"] for each in decided) + unscored,
    )
    return Done(counts, {**certified.report, "overall": overall, "note": metrics["note"]})


def _sources(this: Run) -> list[Path]:
    """The files a generator answers from, the templates it is asked with, the seed texts."""
    from gatewright.training.generators import recording_of

    name, _, argument = this.settings.generator.partition(":")
    named = [argument] if argument else [recording_of(this.policy)] if name == "recorded" else []
    given = [each for each in (this.settings.templates, this.settings.seed_texts) if each]
    return [Path(each) for each in (*named, *given)]


def _judges(this: Run) -> list[Path]:
    """The file that recorded judges answer from, and the templates they are asked with."""
    _, _, argument = (this.settings.judges or "").partition(":")
    named = [argument] if argument and Path(argument).is_file() else []
    templates = [this.settings.templates] if this.settings.templates else []
    return [Path(each) for each in (*named, *templates)]


def _base(this: Run) -> list[Path]:
    base = Path(this.settings.base)
    return [base] if base.is_dir() else []


def _benign(this: Run) -> list[Path]:
    return [Path(this.settings.benign)] if this.settings.benign else []


_GATE = ("gate/adapter", "gate/tokenizer", "gate/constitution.md")
_SPLITS = ("curated/train.parquet", "curated/validation.parquet", "curated/certification.parquet")

STAGES: tuple[Stage, ...] = (
    Stage(
        name="check",
        run=_check,
        settings=("base",),
        materials=_base,
        reads=("constitution.md",),
        written=partial(digests, names=("constitution.md",)),
    ),
    Stage(
        name="synthesize",
        run=_synthesize,
        settings=("generator", "examples", "roles", "seed", "seed_texts", "templates", *_COLUMNS),
        materials=_sources,
        reads=("constitution.md",),
        written=partial(digests, names=("examples",)),
    ),
    Stage(
        name="verify",
        run=_verify,
        settings=("verify", "judges", "roles", "seed", "templates"),
        materials=_judges,
        reads=("constitution.md", "examples/examples.parquet"),
        written=partial(digests, names=("verified",)),
    ),
    Stage(
        name="curate",
        run=_curate,
        settings=("seed", "benign", "budget", "confidence", "disguise"),
        reads=("verified/examples.parquet",),
        written=partial(digests, names=("curated",)),
    ),
    Stage(
        name="train",
        run=_train,
        settings=("base", "epochs", "seed", "upper_layers"),
        materials=_base,
        reads=("constitution.md", *_SPLITS[:2]),
        written=_trained,
    ),
    Stage(
        name="certify",
        run=_certify,
        settings=(
            "base",
            "benign",
            "budget",
            "confidence",
            "miss_budget",
            *_COLUMNS,
        ),
        materials=_benign,
        reads=(*_GATE, *_SPLITS),
        written=partial(digests, names=("gate/gate.json", "gate/README.md", "metrics.json")),
    ),
)
"""In their order."""
