"""What disguised siblings in the training set are worth: two gates, with and without them.

`python -m benchmarks.disguising` writes `benchmarks/results/disguises/assistant-safety.json`. Both
gates learn from the same recorded examples; one also from disguised siblings of 30 % of them. Both
are measured on the examples held out by lineage, as they are and each in a disguise that no example
of the training had been drawn with (another seed), by family of disguises. Needs no public data.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.table import RESULTS
from gatewright.artefacts import write_json
from gatewright.classifiers.scoring import Scorer
from gatewright.training.curation.curating import load
from gatewright.training.disguises import disguise
from gatewright.training.examples import Example

NAME = "assistant-safety"
SHARES = {"without": 0.0, "with": 0.3}
OPTIONS = "--generator recorded --verify none --examples 2000 --upper-layers 3 --epochs 5"
SEED = 7


def main() -> None:
    """Train both, print a line for each kind of text, and store the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.disguising")
    parser.add_argument("--runs", type=Path, default=Path("runs/disguising"), help="run folders")
    runs = parser.parse_args().runs
    found = {name: _measured(runs / name, share) for name, share in SHARES.items()}
    for kind in found["with"]:
        print(kind, {name: figures[kind] for name, figures in found.items()})
    write_json(RESULTS / "disguises" / f"{NAME}.json", found)


def _measured(run: Path, share: float) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "gatewright", "run", NAME, "--out", str(run), *OPTIONS.split()]
    subprocess.run([*command, "--disguise", str(share)], check=True)
    held_out = load(run / "curated").certification
    siblings = disguise(held_out, share=1.0, seed=SEED).kept[len(held_out) :]
    scorer = Scorer.load(run / "gate")
    kinds = {"as they are": held_out, "disguised": siblings}
    for family in sorted({each.source["family"] for each in siblings}):
        kinds[f"disguised by {family}"] = [e for e in siblings if e.source["family"] == family]
    return {name: _auroc(scorer, texts) for name, texts in kinds.items()}


def _auroc(scorer: Scorer, examples: Sequence[Example]) -> dict[str, float]:
    scores = np.asarray(scorer.logits([each.fields for each in examples])).max(axis=1)
    labels = [each.restricted for each in examples]
    return {"n": len(labels), "auroc": round(float(roc_auc_score(labels, scores)), 3)}


if __name__ == "__main__":
    main()
