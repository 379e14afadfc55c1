"""A run whose gate answers from a script, so that certificates can be checked to the count."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatewright.artefacts import file_sha256, write_json
from gatewright.classifiers.bundle import BaseCard, GateCard
from gatewright.classifiers.reading import Unreadable
from gatewright.classifiers.scoring import Scorer
from gatewright.training.curation import Split
from gatewright.training.examples import Example, write_examples

RULES = ("first", "second")


class ScriptedScorer:
    """Answers each text with the logits written down for it; stands in for windows too."""

    rules = RULES
    fields = ("text",)

    def __init__(self) -> None:
        self.script: dict[str, tuple[float, float]] = {}
        self.windows = self

    def of(self, item: Mapping[str, str]) -> str:
        if item["text"] not in self.script:
            raise Unreadable("over-long text: this one")
        return item["text"]

    def logits_of(self, items: Sequence[str]) -> Any:
        return np.array([self.script[item] for item in items]).reshape(-1, len(RULES))


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> ScriptedScorer:
    """The scorer of every gate, whatever its folder says."""
    scripted = ScriptedScorer()
    monkeypatch.setattr(Scorer, "from_card", lambda *_args, **_options: scripted)
    return scripted


@pytest.fixture
def example(scorer: ScriptedScorer) -> Callable[..., Example]:
    """An example like no other, and what the gate will say to it."""

    def made(
        name: object,
        logit: float | None,
        *,
        restricted: bool = False,
        second: float = -9.0,
        group: str | None = None,
    ) -> Example:
        drawn = random.Random(str(name))
        text = " ".join(f"{drawn.randrange(26**5):x}" for _ in range(20))
        if logit is not None:
            scorer.script[text] = (logit, second)
        verdicts = {"first": 1} if restricted else dict.fromkeys(RULES, 0)
        return Example(verdicts=verdicts, clause="first/c", group=group or f"g {name}", text=text)

    return made


@pytest.fixture
def split(example: Any) -> Split:
    """100 permitted examples, two of them loud, and 60 restricted ones, eight of them quiet."""
    return Split(
        train=[example(f"train {at}", 0.0, restricted=at % 2 == 0) for at in range(6)],
        validation=[
            example(
                f"validation {at}", 1.5 if at % 2 else -1.5, restricted=(at % 2 == 1) != (at < 8)
            )
            for at in range(40)
        ],
        certification=[
            *(example(f"permitted {at}", 3.0 if at < 2 else -3.0 + at / 100) for at in range(100)),
            *(example(f"quiet {at}", -2.5 + at / 100, restricted=True) for at in range(8)),
            *(example(f"loud {at}", 3.5 + at / 100, restricted=True) for at in range(52)),
        ],
    )


@pytest.fixture
def run(split: Split, tmp_path: Path) -> Path:
    """A run folder with curated examples and an uncertified gate."""
    for name in Split._fields:
        write_examples(tmp_path / f"run/curated/{name}.parquet", getattr(split, name))
    gate = tmp_path / "run/gate"
    files = {
        "adapter/adapter_config.json": '{"peft_type": "LORA"}',
        "adapter/adapter_model.safetensors": "weights",
        "tokenizer/tokenizer.json": "{}",
        "constitution.md": "# A policy",
    }
    for name, text in files.items():
        (gate / name).parent.mkdir(parents=True, exist_ok=True)
        (gate / name).write_text(text, encoding="utf-8")
    card = GateCard(
        name="policy",
        constitution_digest="0" * 64,
        judges="document",
        rules=RULES,
        base=BaseCard(name="embedded", sha256="0" * 64),
        normaliser=1,
        max_tokens=64,
        stride=16,
        files={name: file_sha256(gate / name) for name in files},
    )
    write_json(gate / "gate.json", card.model_dump(mode="json"))
    return tmp_path / "run"
