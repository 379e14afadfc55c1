"""What tests of several rooms share: no network, and base models small enough to build at once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import pytest

# Before anything imports huggingface_hub, which reads it once.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class BuildBert(Protocol):
    def __call__(
        self,
        words: Iterable[str],
        *,
        layers: int = 1,
        width: int = 16,
        positions: int = 64,
        seed: int = 0,
        spread: float = 0.02,
    ) -> Path: ...


@pytest.fixture(scope="session")
def build_bert(tmp_path_factory: pytest.TempPathFactory) -> BuildBert:
    """Builds a BERT with random weights (of standard deviation `spread`) and a WordPiece tokenizer
    that knows `words`, and gives its folder, which is always called `tiny-bert`."""

    def build(
        words: Iterable[str],
        *,
        layers: int = 1,
        width: int = 16,
        positions: int = 64,
        seed: int = 0,
        spread: float = 0.02,
    ) -> Path:
        import torch
        from transformers import BertConfig, BertModel, BertTokenizer

        folder = tmp_path_factory.mktemp("bases") / "tiny-bert"
        vocabulary = dict.fromkeys([*SPECIAL, *words])
        tokenizer = BertTokenizer(vocab={token: at for at, token in enumerate(vocabulary)})
        tokenizer.save_pretrained(folder)
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=2 * width,
            max_position_embeddings=positions,
            initializer_range=spread,
        )
        BertModel(config).save_pretrained(folder)
        return folder

    return build


def letters(alphabet: str) -> list[str]:
    """Every character as a word, and as the rest of one."""
    return [*alphabet, *(f"##{letter}" for letter in alphabet)]


@pytest.fixture(scope="session")
def letters_bert(build_bert: BuildBert) -> Path:
    """A BERT of one layer that reads lower-case letters."""
    return build_bert(letters("abcdefghijklmnopqrstuvwxyz"), spread=0.5)
