"""What each difficulty teaches: linear probes on the frozen encoder, one for each part of a corpus.

`python -m benchmarks.difficulties --data FOLDER` writes
`benchmarks/results/difficulties/assistant-safety.json`: the AUROC on public sets of a logistic
regression that learned from the recorded examples of one difficulty alone, and of all. A probe is
no gate, but it is exact and quick, and shows which way a part of the examples pulls.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.label_noise import recorded_examples
from benchmarks.public_sets import read_set
from benchmarks.table import RESULTS
from gatewright.artefacts import write_json
from gatewright.training.evaluation.diversity import embed
from gatewright.training.slots import DIFFICULTIES

NAME = "assistant-safety"
SETS = ("xstest", "jailbreakbench", "aegis")


def main() -> None:
    """Train the probes, print a line for each, and store the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.difficulties")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of public sets")
    sets = [read_set(parser.parse_args().data, name, ("prompt",)) for name in SETS]
    examples = recorded_examples(NAME)
    states = embed([str(each.prompt) for each in examples])
    labels = np.array([int(each.restricted) for each in examples])
    difficulties = np.array([str(each.source["difficulty"]) for each in examples])
    public = {each.name: embed([item["prompt"] for item in each.items]) for each in sets}
    parts = {"all": np.ones(len(examples), dtype=bool)}
    parts |= {name: difficulties == name for name in DIFFICULTIES}
    parts["plain and boundary"] = parts["plain"] | parts["boundary"]
    found = {}
    for name, part in parts.items():
        probe = LogisticRegression(C=3.0, max_iter=3000, class_weight="balanced")
        probe.fit(states[part], labels[part])
        aurocs = {
            each.name: float(roc_auc_score(each.labels, probe.decision_function(public[each.name])))
            for each in sets
        }
        found[name] = {"examples": int(part.sum()), "auroc": aurocs}
        print(name, int(part.sum()), {key: round(value, 3) for key, value in aurocs.items()})
    write_json(RESULTS / "difficulties" / f"{NAME}.json", found)


if __name__ == "__main__":
    main()
