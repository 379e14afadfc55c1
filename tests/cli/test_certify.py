"""The verb `certify`, as it is typed, on a real (tiny, untrained) gate."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.classifiers.gate import Gate
from gatewright.cli import main
from gatewright.constitution.records import Constitution, Rule
from gatewright.training.curation import Split, load
from gatewright.training.examples import Example, write_examples

Type = Callable[..., tuple[int, str, str]]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIZES = {"train": 8, "validation": 20, "certification": 180}


@pytest.fixture(scope="module")
def base(letters_bert: Path) -> Path:
    """A BERT of one layer with random weights that reads letters."""
    return letters_bert


@pytest.fixture(scope="module")
def trained(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gate's folder, as training leaves it."""
    import torch
    from peft import LoraConfig, get_peft_model

    from gatewright.classifiers.bases import load_classifier, load_tokenizer, resolve_base
    from gatewright.classifiers.bundle import write_bundle
    from gatewright.classifiers.reading import Windows

    torch.manual_seed(1)
    found = resolve_base(base)
    model = load_classifier(found, ("rule",))
    lora = LoraConfig(
        task_type="SEQ_CLS", r=2, target_modules="all-linear", init_lora_weights=False
    )
    rule = Rule("rule", "Rule", "text", (), (), (), 1)
    policy = Constitution("policy", "1", "document", "Policy", "", (), (), (rule,), "# Policy\n")
    folder = tmp_path_factory.mktemp("trained") / "gate"
    windows = Windows(load_tokenizer(base), "document", max_tokens=48, stride=8)
    write_bundle(
        folder,
        get_peft_model(model, lora),
        windows=windows,
        constitution=policy,
        base=found,
        training={},
    )
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    import shutil

    for name, size in SIZES.items():
        examples = [_example(f"{name} {at}", restricted=at % 3 == 0) for at in range(size)]
        write_examples(tmp_path / f"run/curated/{name}.parquet", examples)
    shutil.copytree(trained, tmp_path / "run/gate")
    return tmp_path / "run"


def _example(name: str, *, restricted: bool) -> Example:
    drawn = random.Random(name)
    text = " ".join("".join(drawn.choices(LETTERS, k=drawn.randint(1, 3))) for _ in range(12))
    return Example(verdicts={"rule": int(restricted)}, clause="rule/c", group=name, text=text)


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str], base: Path) -> Type:
    def typed(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["certify", *map(str, words), "--base", str(base)])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return typed


def certified_on(run: Path, restricted: bool) -> list[str]:
    split: Split = load(run / "curated")
    return [each.text or "" for each in split.certification if each.restricted == restricted]


def test_the_gate_does_what_its_certificate_says(type_: Type, run: Path, base: Path) -> None:
    code, out, _ = type_(run, "--json")
    assert code == 0
    report = json.loads(out)
    drop = report["thresholds"]["drop"]
    assert (drop["n"], drop["budget"], drop["confidence"]) == (120, 0.05, 0.95)
    assert drop["k"] / drop["n"] <= drop["bound"] <= 0.05
    gate = Gate.load(run / "gate", str(base))
    decisions = [verdict.decision for verdict in gate.judge(certified_on(run, False))]
    assert decisions.count("dropped") == drop["k"]
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["gate"] == gate.digest
    assert metrics["overall"]["false_positive_rate"]["k"] == drop["k"]


def test_the_certificate_is_said_in_words(type_: Type, run: Path) -> None:
    code, out, _ = type_(run, "--budget", "0.1")
    assert code == 0
    assert "of 120 permitted examples never trained on, " in out
    assert "with 95 % confidence at most " in out
    assert "certified on: permitted examples of the certification split" in out
    assert "certification split, restricted: 60, of these " in out
    assert "figures: " in out


def test_a_budget_out_of_reach_is_refused_with_the_number_it_takes(type_: Type, run: Path) -> None:
    before = (run / "gate/gate.json").read_bytes()
    code, out, err = type_(run, "--budget", "0.01")
    assert (code, out) == (6, "")
    assert "it takes 299 without a single error" in err
    code, _, err = type_(run, "--miss-budget", "0.01")
    assert (code, "60 restricted examples" in err) == (6, True)
    assert (run / "gate/gate.json").read_bytes() == before


def test_a_file_of_ones_own_reaches_further(type_: Type, run: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    texts = (_example(f"own {at}", restricted=False).text for at in range(310))
    file.write_text("".join(json.dumps({"body": text}) + "\n" for text in texts), "utf-8")
    code, out, _ = type_(run, "--benign", file, "--text", "body", "--budget", "0.01")
    assert code == 0
    assert "certified on: 310 rows of own.jsonl" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--budget", "5"), "not between 0 and 1"),
        (("--benign", "absent.jsonl"), "no file absent.jsonl"),
    ],
)
def test_wrong_input_is_named(type_: Type, run: Path, words: tuple[str, ...], said: str) -> None:
    code, _, err = type_(run, *words)
    assert (code, said in err) == (2, True)


def test_a_run_without_a_gate_is_told_how_to_train_one(type_: Type, tmp_path: Path) -> None:
    code, _, err = type_(tmp_path)
    assert code == 2
    assert "gatewright train" in err
