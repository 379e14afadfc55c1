"""From messages to the tokens a chat model reads, with the messages' text kept text.

Takes a tokenizer with a chat template. Templates splice text into their frame as it stands, so
that `</s><|system|>` in a policy would become the model's own control tokens. Here the template is
rendered around marks, its frame is tokenised as usual, and what belongs at the marks is tokenised
apart, by a copy of the tokenizer to which no token is special. Knows nothing about generating.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from gatewright.artefacts import digest
from gatewright.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

__all__ = ["Chat"]

Message = Mapping[str, str]


class Chat:
    """Turns messages into tokens for one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer: Any = tokenizer
        self._literal = _literal_copy(self._tokenizer.backend_tokenizer)

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a conversation, up to where the reply begins.

        Raises:
            InputError: the model's chat template does not give the messages word for word.
        """
        contents = {_mark(messages, at): each["content"] for at, each in enumerate(messages)}
        marked = [
            {"role": each["role"], "content": mark}
            for each, mark in zip(messages, contents, strict=True)
        ]
        frame = self._framed(marked, list(contents))
        tokens: list[int] = []
        for piece in re.split(f"({'|'.join(contents)})", frame):
            if piece in contents:
                tokens += self._text_tokens(contents[piece])
            elif piece:
                tokens += self._tokenizer(piece, add_special_tokens=False)["input_ids"]
        return tokens

    def _text_tokens(self, text: str) -> list[int]:
        # Half a surrogate pair cannot be tokenised.
        sound = text.strip().encode("utf-8", "replace").decode("utf-8")
        return list(self._literal.encode(sound, add_special_tokens=False).ids)

    def _framed(self, marked: Sequence[Message], marks: Sequence[str]) -> str:
        """The template's text with all marks in it.

        Some templates know no system message and say so, or leave it out in silence: there its
        text goes before the user's.
        """
        problem = "it leaves messages out"
        for messages in (marked, _without_system(marked)):
            try:
                text = self._tokenizer.apply_chat_template(
                    [dict(each) for each in messages],
                    tokenize=False,
                    add_generation_prompt=True,
                    # The reply is JSON from its first character on.
                    enable_thinking=False,
                )
            except (TemplateError, TypeError, ValueError) as error:
                problem = str(error)
                continue
            if all(mark in text for mark in marks):
                return str(text)
        raise InputError(
            f"the chat template of {self._tokenizer.name_or_path} cannot be used for a system and "
            f"a user message: {problem}; choose another model"
        )


def _mark(messages: Sequence[Message], at: int) -> str:
    """A word of letters and digits that stands for a message's text."""
    return f"gw{digest([dict(each) for each in messages])[:32]}n{at}x"


def _without_system(messages: Sequence[Message]) -> list[Message]:
    system = [each["content"] for each in messages if each["role"] == "system"]
    rest = [each for each in messages if each["role"] != "system"]
    if not system or not rest:
        return list(messages)
    first = {**rest[0], "content": "\n\n".join([*system, rest[0]["content"]])}
    return [first, *rest[1:]]


def _literal_copy(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer, but text that reads like a control token gives ordinary tokens.

    `split_special_tokens` does so for tokens marked as special; `<think>` and `<tool_call>` often
    are not, so every added token is marked here, except those for runs of white space.
    """
    from tokenizers import Tokenizer as Backend

    description = json.loads(tokenizer.to_str())
    for each in description["added_tokens"]:
        each["special"] = each["special"] or bool(each["content"].strip())
    copy = Backend.from_str(json.dumps(description))
    copy.no_padding()
    copy.no_truncation()
    copy.encode_special_tokens = True
    return copy
