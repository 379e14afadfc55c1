"""A chat model small enough to build at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

CONTROLS = ("<pad>", "</s>", "<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{% for each in messages %}<|{{ each.role }}|>\n{{ each.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


class BuildChatModel(Protocol):
    def __call__(
        self,
        *,
        template: str | None = TEMPLATE,
        positions: int = 8192,
        seed: int = 0,
        spread: float = 0.3,
        name: str = "tiny-llama",
    ) -> Path: ...


@pytest.fixture(scope="session")
def build_chat_model(tmp_path_factory: pytest.TempPathFactory) -> BuildChatModel:
    """Builds a Llama with random weights and a tokenizer of one token a byte, and gives its folder.

    The weights' spread is wide enough for what is read to decide what is written; a model of
    spread 0.02 writes any token, its end too, with the same ease. Beside the control tokens marked
    as special it knows `<tool>`, which is not."""

    def build(
        *,
        template: str | None = TEMPLATE,
        positions: int = 8192,
        seed: int = 0,
        spread: float = 0.3,
        name: str = "tiny-llama",
    ) -> Path:
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM

        folder = tmp_path_factory.mktemp("models") / name
        tokenizer = _tokenizer()
        tokenizer.chat_template = template
        tokenizer.save_pretrained(folder)
        torch.manual_seed(seed)
        config = LlamaConfig(
            # More rows than tokens, as models often have.
            vocab_size=len(tokenizer) + 26,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=positions,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            initializer_range=spread,
            bos_token_id=None,
        )
        LlamaForCausalLM(config).save_pretrained(folder)
        return folder

    return build


@pytest.fixture(scope="session")
def chat_model(build_chat_model: BuildChatModel) -> Path:
    return build_chat_model()


def _tokenizer() -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate([*CONTROLS, *letters])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    made: Any = PreTrainedTokenizerFast
    tokenizer = made(
        tokenizer_object=backend,
        pad_token="<pad>",
        eos_token="</s>",
        additional_special_tokens=list(CONTROLS[2:]),
    )
    tokenizer.add_tokens([AddedToken("<tool>", special=False)])
    return tokenizer
