"""A gate on a decoder: no separator, no padding token of its own, a head that was never there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from gatewright.classifiers.bases import load_classifier, load_tokenizer, quiet, resolve_base
from gatewright.classifiers.bundle import write_bundle
from gatewright.classifiers.reading import Windows
from gatewright.classifiers.scoring import Scorer
from gatewright.constitution.records import Constitution, Rule
from gatewright.errors import ArtefactError

RULES = ("first", "second")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-llama"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate(["<s>", "</s>", *alphabet])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        initializer_range=0.3,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def write(base: Path, out: Path, modules_to_save: list[str] | None) -> Scorer:
    found = resolve_base(base)
    torch.manual_seed(1)
    with quiet():
        adapted = get_peft_model(
            load_classifier(found, RULES),
            LoraConfig(
                # Without a task type, peft saves no head of its own accord.
                task_type="SEQ_CLS" if modules_to_save else None,
                r=2,
                target_modules=["q_proj"],
                init_lora_weights=False,
                modules_to_save=modules_to_save,
            ),
        )
    windows = Windows(load_tokenizer(base), "exchange", 64, 16)
    rules = tuple(Rule(name, name, "text", (), (), (), 1) for name in RULES)
    constitution = Constitution("tiny", "1", "exchange", "Tiny", "", (), (), rules, "# Tiny\n")
    write_bundle(out, adapted, windows=windows, constitution=constitution, base=found, training={})
    return Scorer(adapted, windows, RULES)


def test_a_decoder_scores_the_same_loaded_and_in_any_batch(base: Path, tmp_path: Path) -> None:
    written = write(base, tmp_path / "gate", ["score"])
    loaded = Scorer.load(tmp_path / "gate", base=str(base), device="cpu")
    items = [{"prompt": "hello " * at, "response": "bad</s> word " * at} for at in range(1, 12)]
    together = loaded.logits(items)
    np.testing.assert_allclose(together, written.logits(items), atol=1e-5)
    alone = np.concatenate([loaded.logits([item]) for item in items])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert len(np.unique(together.round(4))) > 4


def test_a_head_that_would_be_lost_is_noticed(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"score\.weight.*modules_to_save"):
        write(base, tmp_path / "gate", None)
    assert not (tmp_path / "gate").exists()
