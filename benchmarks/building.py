"""Builds the gates of a study: from the constitution by `gatewright run`, then by other seeds.

A further seed trains and certifies anew on the first run's curated examples, so that gates differ
by chance alone. As many builds at once as there are cores, each on one: two trainings that share
their cores take longer than two that do not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.studies import Study

__all__ = ["build"]


def build(study: Study, data: Path, run: Path) -> dict[str, list[Path]]:
    """Run folders with a certified gate, one for each seed, by what was learned from: `gate`, and
    `unverified` where a debate is to be compared with none.

    Args:
        data: folder of public sets.
        run: run folder of the first; what is finished in it is not done again.
    """
    first = {"gate": run}
    if study.verified and study.sets:
        first["unverified"] = run.with_name(f"{run.name}-unverified")
    folders = {
        name: [
            folder,
            *(folder.with_name(f"{folder.name}-seed-{n}") for n in range(1, study.seeds)),
        ]
        for name, folder in first.items()
    }
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda name: _run(study, data, first[name], name), first))
        further = [
            (seeds[0], seeds[seed], seed)
            for seeds in folders.values()
            for seed in range(1, study.seeds)
        ]
        list(pool.map(lambda each: _train(study, data, *each), further))
    return folders


def _run(study: Study, data: Path, run: Path, name: str) -> None:
    verify = "debate" if study.verified and name == "gate" else "none"
    command = ["run", study.constitution, "--out", str(run)]
    command += ["--generator", "recorded", "--verify", verify]
    _call(command + _training(study) + _certifying(study, data))


def _train(study: Study, data: Path, first: Path, run: Path, seed: int) -> None:
    if (run / "metrics.json").exists():
        return
    shutil.copytree(first / "curated", run / "curated", dirs_exist_ok=True)
    shutil.copy(first / "constitution.md", run)
    _call(["train", str(run), "--seed", str(seed), *_training(study)])
    _call(["certify", str(run), *_certifying(study, data)])


def _training(study: Study) -> list[str]:
    layers = [] if study.upper_layers is None else ["--upper-layers", str(study.upper_layers)]
    return ["--epochs", str(study.epochs), *layers]


def _certifying(study: Study, data: Path) -> list[str]:
    budget = ["--budget", str(study.budget)]
    if study.benign is None:
        return budget
    return [*budget, "--benign", str(data / f"{study.benign}.jsonl"), "--text", "text"]


def _call(command: list[str]) -> None:
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    subprocess.run([sys.executable, "-m", "gatewright", *command], check=True, env=alone)
