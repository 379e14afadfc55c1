"""The stages of a run that lead from curated examples to a certified gate.

Each calls its room with plain arguments and counts what went in and came out. Knows nothing about
resuming, locks or the manifest. Rooms are imported when their stage runs: they bring torch along.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.artefacts import digest
from gatewright.errors import QualityError
from gatewright.training.runs.manifest import Counts, digests
from gatewright.training.runs.running import Done, Run
from gatewright.training.runs.settings import RunSettings

if TYPE_CHECKING:
    from gatewright.training.curation import Split

__all__ = ["BUNDLE", "certify", "train", "trained"]

BUNDLE = ("gate/adapter", "gate/tokenizer", "gate/constitution.md")
"""The parts of a gate that training writes and certifying leaves as they are."""


def train(this: Run) -> Done:
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


def trained(root: Path) -> dict[str, str]:
    """What training wrote, and its part of the card: certifying sets the rest of it."""
    found = digests(root, BUNDLE)
    try:
        card: dict[str, Any] = json.loads((root / "gate/gate.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return found
    own = {name: card[name] for name in sorted(card) if name not in ("temperature", "thresholds")}
    return found | {"gate/gate.json, as trained": digest(own)}


def certify(this: Run) -> Done:
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
