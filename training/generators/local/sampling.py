"""One batch of prompts in, one sampled continuation of each out, held to a JSON schema.

Sampling at temperature 1 is done by adding Gumbel noise to the logits and taking the largest sum,
which is exact. Each row draws its noise from a generator of its own, seeded by its request, so
that neither the order of requests nor the company in a batch decides what is drawn. Knows nothing
about requests, messages or text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatewright.errors import EnvironmentProblem

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer
    from torch import Generator, Tensor

    from gatewright.training.generators.local.loading import LanguageModel

__all__ = ["Continuation", "Prompt", "continue_batch"]

# As `json.dumps` writes it. White space is not left free: a model could go on with it for ever.
_LAYOUT: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_SMALLEST = 1e-30


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is continued, under which schema, with which noise."""

    tokens: Sequence[int]
    schema: Mapping[str, Any]
    seed: int


@dataclass(frozen=True, slots=True)
class Continuation:
    """What the model wrote."""

    tokens: Sequence[int]
    """Without the one that ends it."""
    ended: bool
    """False if it was cut by the limit."""
    error: str | None = None
    """Why it is worth nothing."""


def continue_batch(
    language_model: LanguageModel, prompts: Sequence[Prompt], *, max_new_tokens: int
) -> list[Continuation]:
    """Continue each prompt by at most that many tokens.

    Raises:
        EnvironmentProblem: the accelerator has not enough memory.
    """
    import torch

    model: Any = language_model.model
    rows = [_Row(language_model, each) for each in prompts]
    longest = max(len(each.tokens) for each in prompts)
    # The padding is on the left, so that every reply begins in the same column.
    gaps = [longest - len(each.tokens) for each in prompts]
    padding = language_model.tokenizer.pad_token_id
    padded = [[padding] * gap + list(each.tokens) for gap, each in zip(gaps, prompts, strict=True)]
    mask = [[0] * gap + [1] * (longest - gap) for gap in gaps]
    try:
        with torch.inference_mode():
            written = model.generate(
                input_ids=torch.tensor(padded, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                max_new_tokens=max_new_tokens,
                logits_processor=[_Sampler(rows)],
            )
    except torch.OutOfMemoryError as error:
        raise EnvironmentProblem(
            f"the accelerator's memory does not hold {len(prompts)} prompts of {longest} tokens "
            f"with replies of {max_new_tokens}; choose a smaller model and run the same command "
            "again: every reply up to here is kept"
        ) from error
    texts = written[:, longest:].tolist()
    return [row.result(tokens) for row, tokens in zip(rows, texts, strict=True)]


class _Sampler:
    """What `generate` calls before it takes the largest logit of every row."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows
        self._started = False

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        import torch

        if self._started:
            for row, token in zip(self._rows, input_ids[:, -1].tolist(), strict=True):
                row.take(token)
        self._started = True
        chosen = [row.choose(logits) for row, logits in zip(self._rows, scores, strict=True)]
        return torch.stack(chosen)


class _Row:
    """One prompt's way through its grammar, and its noise."""

    def __init__(self, language_model: LanguageModel, prompt: Prompt) -> None:
        import torch

        device = language_model.model.device
        self._ends = language_model.ends
        self._matcher = _matcher(language_model.grammar_tokenizer, prompt.schema)
        self._noise: Generator = torch.Generator(device).manual_seed(prompt.seed)
        self._ended = False
        self._error: str | None = self._matcher.get_error() or None

    def take(self, token: int) -> None:
        """Go on with a token, unless the row has ended: then it is only padded."""
        if self._ended or self._error:
            return
        if token in self._ends:
            self._ended = True
        elif not self._matcher.consume_token(token):
            self._error = self._matcher.get_error() or "the grammar took no token"

    def choose(self, logits: Tensor) -> Tensor:
        """The logits with noise, and minus infinity where the grammar allows no token."""
        import torch

        noise = torch.empty_like(logits, dtype=torch.float32)
        noise.exponential_(generator=self._noise).clamp_(min=_SMALLEST)
        perturbed = logits.float() - noise.log()
        return perturbed.masked_fill(~self._allowed(len(logits)).to(logits.device), -torch.inf)

    def _allowed(self, size: int) -> Tensor:
        import numpy as np
        import torch

        allowed = np.zeros(size, dtype=bool)
        if self._ended or self._error:
            allowed[list(self._ends)] = True
        else:
            bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
            bits = np.unpackbits(bits, bitorder="little")[:size]
            allowed[: len(bits)] = bits
        return torch.from_numpy(allowed)

    def result(self, tokens: Sequence[int]) -> Continuation:
        end = next((at for at, token in enumerate(tokens) if token in self._ends), None)
        return Continuation(tokens[:end], end is not None, self._error)


def _matcher(tokenizer: LLTokenizer, schema: Mapping[str, Any]) -> LLMatcher:
    from llguidance import LLMatcher

    grammar = LLMatcher.grammar_from_json_schema(json.dumps(dict(schema)), overrides=_LAYOUT)
    return LLMatcher(tokenizer, grammar, log_level=0)
