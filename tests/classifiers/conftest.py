"""A tiny BERT, a gate on it, and doubles; nothing here is trained or downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gatewright.classifiers.bundle import update_card, write_bundle
from gatewright.classifiers.gate import Gate
from gatewright.classifiers.gate_card import Certificate, Thresholds
from gatewright.classifiers.verdicts import Verdict
from gatewright.constitution.records import Constitution, Judges, Rule

RULES = ("harassment", "fraud")
WORDS = ["the", "cat", "dog", "sat", "mat", "kill", "bad", "good", "hello", "you", "evil", "scam"]
TEXTS = [
    f"{word} {other} you"
    for word in ("kill", "bad", "good", "hello", "cat")
    for other in ("evil", "mat", "scam", "dog")
]


def _vocabulary() -> list[str]:
    letters = [chr(code) for code in range(33, 127)] + [chr(code) for code in range(0x430, 0x450)]
    return [*letters, *(f"##{letter}" for letter in letters), *WORDS]


def make_constitution(judges: Judges) -> Constitution:
    rules = tuple(Rule(name, name.title(), "text", (), (), (), 1) for name in RULES)
    return Constitution("tiny", "1.0.0", judges, "Tiny", "None.", (), (), rules, "# Tiny\n")


def make_bundle(folder: Path, base: Path | str, judges: Judges = "document") -> Path:
    """An uncertified gate with a random adapter, so that texts get different scores."""
    import torch
    from peft import LoraConfig, get_peft_model

    from gatewright.classifiers.bases import load_classifier, load_tokenizer, quiet, resolve_base
    from gatewright.classifiers.reading import Windows

    found = resolve_base(base)
    torch.manual_seed(7)
    model = load_classifier(found, RULES)
    lora = LoraConfig(
        task_type="SEQ_CLS", r=4, target_modules="all-linear", init_lora_weights=False
    )
    with quiet():
        adapted = get_peft_model(model, lora)
    with torch.no_grad():
        for name, weights in adapted.named_parameters():
            if "modules_to_save" in name:
                weights.normal_(std=1.0)
    write_bundle(
        folder,
        adapted,
        windows=Windows(load_tokenizer(found.path), judges, max_tokens=32, stride=8),
        constitution=make_constitution(judges),
        base=found,
        training={"seed": 7},
    )
    return folder


def make_thresholds(drop: float, keep: float | None) -> Thresholds:
    def certificate(kind: Any, threshold: float) -> Certificate:
        return Certificate(
            kind=kind,
            threshold=threshold,
            budget=0.01,
            confidence=0.95,
            n=300,
            k=0,
            bound=0.00994,
            pool_digest="0" * 64,
            pool="made up for a test",
        )

    return Thresholds(
        drop=certificate("false_positive_budget", drop),
        keep=None if keep is None else certificate("miss_budget", keep),
        keep_reason="no restricted examples" if keep is None else None,
    )


@pytest.fixture(scope="session")
def base_folder(build_bert: Callable[..., Path]) -> Path:
    return build_bert(_vocabulary(), layers=2, positions=128, spread=0.3)


@pytest.fixture(scope="session")
def other_base(build_bert: Callable[..., Path]) -> Path:
    """Of the same shape, with other weights."""
    return build_bert(_vocabulary(), layers=2, positions=128, spread=0.3, seed=1)


@pytest.fixture(scope="session")
def written_bundle(tmp_path_factory: pytest.TempPathFactory, base_folder: Path) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "gate", base_folder)


@pytest.fixture(scope="session")
def exchange_bundle(tmp_path_factory: pytest.TempPathFactory, base_folder: Path) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "gate", base_folder, "exchange")


@pytest.fixture
def bundle(written_bundle: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(written_bundle, tmp_path / "gate"))


def make_gate(bundle: Path, base: Path, folder: Path) -> Gate:
    """A gate whose thresholds leave a third of `TEXTS` on each side, whatever the weights."""
    import numpy as np

    from gatewright.classifiers.deciding import probabilities
    from gatewright.classifiers.scoring import Scorer

    scorer = Scorer.load(bundle, base=str(base), device="cpu")
    items = [dict.fromkeys(scorer.windows.fields, text) for text in TEXTS]
    tops = probabilities(scorer.logits(items), 2.0).max(axis=1)
    keep, drop = np.quantile(tops, [0.33, 0.67])
    shutil.copytree(bundle, folder)
    update_card(folder, temperature=2.0, thresholds=make_thresholds(float(drop), float(keep)))
    return Gate.load(folder, base=str(base), device="cpu")


@pytest.fixture(scope="session")
def gate(written_bundle: Path, base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Gate:
    return make_gate(written_bundle, base_folder, tmp_path_factory.mktemp("gates") / "gate")


@pytest.fixture(scope="session")
def exchange_gate(
    exchange_bundle: Path, base_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Gate:
    return make_gate(exchange_bundle, base_folder, tmp_path_factory.mktemp("gates") / "gate")


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Texts of which `gate` keeps some, drops some, and leaves some undecided."""
    return TEXTS


@pytest.fixture(scope="session")
def thresholds() -> Callable[[float, float | None], Thresholds]:
    return make_thresholds


class WordGate:
    """A gate that decides by a word in the text, fast."""

    digest = "f" * 64
    fields: tuple[str, ...] = ("text",)

    def judge(self, texts: Sequence[Any], prompts: Sequence[Any] | None = None) -> list[Verdict]:
        return [self._verdict(text) for text in texts]

    def _verdict(self, text: Any) -> Verdict:
        if not isinstance(text, str):
            reason = f"not text: {type(text).__name__}"
            return Verdict("undecided", {}, None, None, reason, self.digest)
        if "kill" in text:
            return Verdict("dropped", {"harassment": 0.9}, "harassment", 0.5, "0.9", self.digest)
        if "maybe" in text:
            return Verdict("undecided", {"fraud": 0.4}, "fraud", 0.3, "0.4", self.digest)
        return Verdict("kept", {"harassment": 0.1}, "harassment", 0.3, "0.1", self.digest)


@pytest.fixture
def word_gate() -> WordGate:
    return WordGate()
