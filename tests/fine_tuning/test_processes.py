"""Real processes: killed ones, and several that train together."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatewright.training.fine_tuning import TrainingResult

Train = Callable[..., TrainingResult]

MODULE = "gatewright.training.fine_tuning"

KILLED_WHILE_SAVING = f"""
import os, signal
from {MODULE} import checkpoints

complete = checkpoints._complete

def killed(staged, final, *rest):
    if final.name == "epoch-0002":
        os.kill(os.getpid(), signal.SIGKILL)
    complete(staged, final, *rest)

checkpoints._complete = killed
from {MODULE}.__main__ import main
main()
"""


KILLED_AFTER_STEPS = f"""
import os, signal, sys
from {MODULE} import epochs

left = int(sys.argv.pop(1))
step = epochs._step

def counted(*arguments):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return step(*arguments)

epochs._step = counted
from {MODULE}.__main__ import main
main()
"""


@pytest.fixture
def options(
    curated: Any, policy: Path, bert: Path, quick: dict[str, Any], tmp_path: Path
) -> list[str]:
    places = {"curated": curated.folder, "policy": policy, "base": bert, "out": tmp_path / "gate"}
    named = {**places, "checkpoints": tmp_path / "checkpoints", **quick}
    return [
        part
        for name, value in named.items()
        for part in (f"--{name.replace('_', '-')}", str(value))
    ]


def launched(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env=environment,
    )


def test_killed_while_saving_it_goes_on_to_the_same_gate(
    train: Train, options: list[str], tmp_path: Path, policy: Path
) -> None:
    killed = launched("-c", KILLED_WHILE_SAVING, *options)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (tmp_path / "checkpoints" / ".epoch-0002.tmp").is_dir()
    assert not (tmp_path / "gate").exists()
    resumed = train()
    assert resumed.resumed_after == 1
    train("whole")
    for name in ("gate.json", "adapter/adapter_model.safetensors"):
        assert (tmp_path / "gate" / name).read_bytes() == (
            tmp_path / "whole/gate" / name
        ).read_bytes()
    assert not (tmp_path / "checkpoints" / ".epoch-0002.tmp").exists()


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_the_same_gate(
    train: Train, options: list[str], tmp_path: Path
) -> None:
    train("whole")
    drawn, kills = random.Random(0), 0
    while launched("-c", KILLED_AFTER_STEPS, str(drawn.randint(1, 12)), *options).returncode:
        kills += 1
        assert kills < 20
    assert kills > 1
    adapter = "gate/adapter/adapter_model.safetensors"
    assert (tmp_path / adapter).read_bytes() == (tmp_path / "whole" / adapter).read_bytes()


def test_two_processes_learn_what_one_does(
    train: Train, options: list[str], tmp_path: Path
) -> None:
    more = ["--lora-dropout", "0", "--upper-layers", "2", "--json"]
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node", "2", f"--master_port={_port()}"]
    result = launched(*launcher, "-m", MODULE, *options, *more)
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    card = json.loads((tmp_path / "gate" / "gate.json").read_text())
    assert card["training"]["processes"] == 2
    alone = train("alone", accumulation=2, lora_dropout=0.0, upper_layers=2)
    for one, two in zip(alone.as_dict()["history"], told["history"], strict=True):
        assert two == pytest.approx(one, abs=1e-4)
    assert told["examples_seen"] == alone.examples_seen
    assert result.stderr.count("epoch 1: training loss") == 1


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
