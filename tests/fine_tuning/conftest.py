"""Tiny bases, a two-rule constitution, and examples that one word of each gives away."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gatewright.constitution.records import Constitution
from gatewright.training.examples import Example, write_examples
from gatewright.training.fine_tuning import TrainingResult

POLICY = """---
name: tiny
version: 1.0.0
judges: document
---
# Tiny

What tests are made of.

## Harm {#harm}
No threats.
### Restricted
- {#threat} Threats.
### Permitted
- {#report} Reports of threats.

## Fraud {#fraud}
No scams.
### Restricted
- {#scam} Scams.
### Permitted
- {#advice} Advice against scams.
"""

TELLING = {"harm": ["kill", "hurt"], "fraud": ["scam", "steal"], "": ["bread", "garden"]}
FILLER = [
    "the",
    "a",
    "cat",
    "dog",
    "sat",
    "on",
    "mat",
    "hello",
    "you",
    "me",
    "today",
    "then",
    "now",
    "very",
    "some",
    "more",
]

MakeExamples = Callable[..., list[Example]]
Train = Callable[..., TrainingResult]


@dataclass(frozen=True)
class Curated:
    """The two sides of a training, and the folder they are stored in."""

    train: list[Example]
    validation: list[Example]
    folder: Path


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def make_examples() -> MakeExamples:
    """`make_examples(n, seed)`: a third restricted by each rule, a third permitted by all."""

    def make(count: int, seed: int, words: int = 8) -> list[Example]:
        drawn = random.Random(seed)
        examples = []
        for number in range(count):
            rule = ("harm", "fraud", "")[number % 3]
            text = drawn.choices(FILLER, k=drawn.randint(3, words))
            for _ in range(3):
                text.insert(drawn.randint(0, len(text)), drawn.choice(TELLING[rule]))
            verdicts = {rule: 1} if rule else {"harm": 0, "fraud": 0}
            clause = {"harm": "harm/threat", "fraud": "fraud/scam", "": "harm/report"}[rule]
            group = f"{seed}-{number}"
            text.append(str(number))  # lest two of them are the same text
            examples.append(
                Example(text=" ".join(text), verdicts=verdicts, clause=clause, group=group)
            )
        return examples

    return make


@pytest.fixture(scope="session")
def curated(make_examples: MakeExamples, tmp_path_factory: pytest.TempPathFactory) -> Curated:
    folder = tmp_path_factory.mktemp("curated")
    train, validation = make_examples(48, seed=1), make_examples(24, seed=2)
    write_examples(folder / "train.parquet", train)
    write_examples(folder / "validation.parquet", validation)
    return Curated(train, validation, folder)


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "tiny.md"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def constitution(policy: Path) -> Constitution:
    return Constitution.load(policy)


@pytest.fixture(scope="session")
def bert(build_bert: Callable[..., Path]) -> Path:
    """An encoder of 4 layers with random weights."""
    words = [*_words(), *(f"##{digit}" for digit in range(10))]
    return build_bert(words, layers=4, width=32, spread=0.2)


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder of 3 layers with random weights, and no padding token."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("bases") / "tiny-llama"
    vocabulary = {token: at for at, token in enumerate(["<unk>", "</s>", *_words()])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=words, unk_token="<unk>", eos_token="</s>").save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.2,
    )
    LlamaModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def train(curated: Curated, constitution: Constitution, bert: Path, tmp_path: Path) -> Train:
    """`fine_tune` on the tiny encoder, quickly; any argument may be given instead.

    Writes to `gate` and `checkpoints` in the test's folder, or in `into`.
    """
    from gatewright.training.fine_tuning import fine_tune

    def run(into: str = "", **changes: Any) -> TrainingResult:
        arguments = {
            "train": curated.train,
            "validation": curated.validation,
            "constitution": constitution,
            "base": bert,
            "out": tmp_path / into / "gate",
            "checkpoints": tmp_path / into / "checkpoints",
            **QUICK,
            **changes,
        }
        return fine_tune(arguments.pop("train"), arguments.pop("validation"), **arguments)

    return run


QUICK: dict[str, Any] = {
    "epochs": 3,
    "learning_rate": 5e-3,
    "head_learning_rate": 5e-3,
    "lora_rank": 4,
    "token_budget": 128,
    "max_tokens": 32,
    "stride": 8,
}


@pytest.fixture(scope="session")
def quick() -> dict[str, Any]:
    """What `train` trains with."""
    return dict(QUICK)


def _words() -> list[str]:
    telling = [word for words in TELLING.values() for word in words]
    return [*FILLER, *telling, *(str(digit) for digit in range(10))]
