"""What the README says to type works, in the order in which it stands there."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.table import table
from markdown_it import MarkdownIt

from gatewright.classifiers.bases import load_classifier, load_tokenizer, resolve_base
from gatewright.classifiers.bundle import Certificate, Thresholds, update_card, write_bundle
from gatewright.classifiers.reading import Windows
from gatewright.cli import main
from gatewright.constitution import Constitution, find_constitution
from gatewright.training.generators import open_generator
from gatewright.training.slots import Slot
from gatewright.training.synthesis import requests_for

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fences = (token for token in MarkdownIt().parse(README) if token.type == "fence")
    return [token.content for token in fences if token.info.strip() == language]


def commands() -> list[list[str]]:
    lines = (line for block in blocks("") for line in block.splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("gatewright")]


def untrained_gate(folder: Path, constitution: Constitution) -> None:
    """A bundle with a fresh adapter: its verdicts mean nothing, all else is as it should be."""
    from peft import LoraConfig, get_peft_model

    base = resolve_base("embedded")
    model = load_classifier(base, constitution.rule_ids)
    adapted = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query"]))
    windows = Windows(load_tokenizer(base.path), constitution.judges)
    write_bundle(
        folder, adapted, windows=windows, constitution=constitution, base=base, training={}
    )
    drop = Certificate(
        kind="false_positive_budget",
        threshold=0.5,
        budget=0.05,
        confidence=0.95,
        n=59,
        k=0,
        bound=0.05,
        pool_digest="0" * 64,
        pool="made up for a test",
    )
    update_card(folder, thresholds=Thresholds(drop=drop, keep=None, keep_reason="none"))


def answered(requests: Path, replies: Path, constitution: Constitution, policy: Path) -> None:
    """Stand in for the provider: the offline generator answers the batch file."""
    rows = [json.loads(line) for line in requests.read_text(encoding="utf-8").splitlines()]
    generator = open_generator("composed", constitution=constitution, policy=policy, seed=0)
    slots = planned(constitution, {row["custom_id"] for row in rows})
    with replies.open("w", encoding="utf-8") as file:
        for reply in generator.replies(list(requests_for(constitution, slots))):
            choice = {"message": {"content": reply.text}, "finish_reason": "stop"}
            body = {"model": "composed", "choices": [choice]}
            response = {"status_code": 200, "body": body}
            file.write(json.dumps({"custom_id": reply.id, "response": response}) + "\n")


def planned(constitution: Constitution, ids: set[str]) -> list[Slot]:
    from gatewright.training.synthesis import plan

    return [slot for slot in plan(constitution, examples=1200, seed=0) if slot.id in ids]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the two data files that the README speaks of."""
    monkeypatch.chdir(tmp_path)
    texts = ["the minutes of the meeting", "a note about the garden", "call me tomorrow"]
    rows = [{"text": text, "label": at % 2} for at, text in enumerate(texts)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    for name in ("in.jsonl", "labelled.jsonl"):
        (tmp_path / name).write_text(lines, encoding="utf-8")
    return tmp_path


def type_all(skip: Callable[[list[str]], bool]) -> list[str]:
    """Run the README's commands in order; the verbs that were run."""
    done = []
    for argv in commands():
        if "--from-batch" in argv:
            policy = Path("policy.md")
            answered(
                Path("requests.jsonl"), Path("replies.jsonl"), Constitution.load(policy), policy
            )
        if skip(argv):
            continue
        with pytest.raises(SystemExit) as end:
            main(argv)
        assert end.value.code in (0, None), argv
        done.append(argv[0])
    return done


def test_every_command_but_the_training_ones(place: Path) -> None:
    def skip(argv: list[str]) -> bool:
        if argv[0] == "run" and argv[3] == "runs/policy":
            untrained_gate(Path("runs/policy/gate"), Constitution.load("policy.md"))
        return argv[0] == "run"

    done = type_all(skip)
    assert done == ["new", "check", "render", "evaluate", "filter", "synthesize", "synthesize"]
    manifest = json.loads((place / "filtered" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["in"] == 3
    assert (place / "policy.replies.jsonl").stat().st_size > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_command(place: Path) -> None:
    type_all(lambda argv: False)
    assert (place / "runs" / "policy-2" / "gate" / "gate.json").is_file()


def test_the_python_block(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = Constitution.load(find_constitution("refusals"))
    untrained_gate(Path("runs/refusals/gate"), policy)
    (block,) = blocks("python")
    exec(compile(block, "README.md", "exec"), {})
    decision, counts = capsys.readouterr().out.strip().splitlines()
    assert decision.split()[0] in ("kept", "dropped")
    assert sum(map(int, counts.split())) == 1


def test_the_results_are_the_stored_ones() -> None:
    shown = README.partition("<!-- results -->")[2].partition("<!-- end of results -->")[0]
    assert shown.strip() == table()


def test_every_path_of_the_tree_exists() -> None:
    (tree,) = [block for block in blocks("") if block.startswith("constitution/")]
    folder = Path()
    for line in tree.splitlines():
        name = line.split()[0]
        folder = folder if line.startswith(" ") else Path(name)
        path = ROOT / folder / name if line.startswith(" ") else ROOT / name
        assert path.exists(), path
