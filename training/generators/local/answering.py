"""The generator itself: requests in, replies out, batch by batch.

Takes a language model and requests; those of about the same length share a batch, as many as its
budget of tokens holds. The same seed gives the same replies, whatever the order and the company
(as far as a machine adds up the same numbers in the same way: a GPU, or another size of batch, may
round otherwise and now and then draw another token). Knows nothing about journals or how replies
are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gatewright.artefacts import digest
from gatewright.constitution.records import Constitution
from gatewright.training.generators.local.chat import Chat
from gatewright.training.generators.local.loading import LanguageModel, load_language_model
from gatewright.training.generators.local.sampling import Continuation, Prompt, continue_batch
from gatewright.training.generators.records import Reply, Request

__all__ = ["BATCH_TOKENS", "MAX_NEW_TOKENS", "Local", "open_generator"]

MAX_NEW_TOKENS = 2048
"""How long a reply may be; a longer one is cut."""

BATCH_TOKENS = 32_768
"""How many tokens a batch may hold, prompts, padding and replies together."""


class Local:
    """Answers with a model in this process."""

    name = "local"

    def __init__(
        self,
        language_model: LanguageModel,
        *,
        seed: int,
        max_new_tokens: int = MAX_NEW_TOKENS,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        self.model = f"{language_model.name}, seed {seed}"
        self._language_model = language_model
        self._chat = Chat(language_model.tokenizer)
        self._seed = seed
        self._max_new_tokens = max_new_tokens
        self._batch_tokens = batch_tokens

    def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """An answer to each request, the short prompts' first.

        Raises:
            InputError: the model's chat template cannot be used.
            EnvironmentProblem: the accelerator has not enough memory.
        """
        prompts = {each.id: self._prompt(each) for each in requests}
        fitting = {name: each for name, each in prompts.items() if self._room(each) > 0}
        for name in (each for each in prompts if each not in fitting):
            length, limit = len(prompts[name].tokens), self._language_model.context
            error = f"the prompt has {length} tokens, and the model reads at most {limit}"
            yield self._reply(name, Continuation((), ended=False, error=error))
        for batch in self._batches(fitting):
            written = continue_batch(
                self._language_model,
                [fitting[name] for name in batch],
                max_new_tokens=min(self._room(fitting[name]) for name in batch),
            )
            for name, continuation in zip(batch, written, strict=True):
                yield self._reply(name, continuation)

    def _prompt(self, request: Request) -> Prompt:
        seed = int(digest([self._seed, request.digest])[:15], 16)
        return Prompt(self._chat.tokens(request.messages), request.schema, seed)

    def _room(self, prompt: Prompt) -> int:
        """How many tokens a reply to it may have."""
        limit = self._language_model.context
        free = self._max_new_tokens if limit is None else limit - len(prompt.tokens)
        return min(self._max_new_tokens, free)

    def _batches(self, prompts: Mapping[str, Prompt]) -> Iterator[list[str]]:
        """Ids that share a batch, shortest prompts first.

        A prompt that leaves less room than a reply may take goes alone, or it would cut others.
        """
        batch: list[str] = []
        for name in sorted(prompts, key=lambda each: len(prompts[each].tokens)):
            needed = len(prompts[name].tokens) + self._max_new_tokens
            cramped = self._room(prompts[name]) < self._max_new_tokens
            if batch and (cramped or needed * (len(batch) + 1) > self._batch_tokens):
                yield batch
                batch = []
            batch.append(name)
        if batch:
            yield batch

    def _reply(self, name: str, continuation: Continuation) -> Reply:
        tokenizer: Any = self._language_model.tokenizer
        text = tokenizer.decode(
            list(continuation.tokens),
            skip_special_tokens=True,
            clean_up_tokenization_spaces=False,
        )
        failed = continuation.error is not None
        return Reply(
            id=name,
            text="" if failed else text,
            finish_reason=None if failed else "stop" if continuation.ended else "length",
            model=self.model,
            generator=self.name,
            error=continuation.error,
        )


def open_generator(argument: str, *, constitution: Constitution, policy: Path, seed: int) -> Local:
    """The model in the folder `argument`, or of that name on the hub.

    Raises:
        InputError: there is no such model, or it has no chat template.
        EnvironmentProblem: llguidance is not installed.
        ArtefactError: the folder holds no language model that `transformers` knows by itself.
    """
    return Local(load_language_model(argument), seed=seed)
