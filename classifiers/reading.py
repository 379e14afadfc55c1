"""How an item becomes the token windows a classifier reads; training and gates share it.

Takes named texts and a fast tokenizer of `transformers`, for encoders and decoders alike. Knows
nothing about models, labels or thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gatewright.classifiers.normalising import normalise
from gatewright.constitution.records import FIELDS, Judges
from gatewright.errors import ArtefactError, InputError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

__all__ = ["MAX_CHARACTERS", "Unreadable", "Window", "WindowedItem", "Windows", "collate"]

MAX_CHARACTERS = 200_000
"""Longest text that is read. A longer one is refused as a whole, never cut in silence."""

_PIECE = 8_192
_CONTEXT_SHARE = 3


class Unreadable(InputError):
    """An item there is no honest way to score; the message is `kind: detail`, fit for a report."""


class Window(NamedTuple):
    """One row of a batch, before padding: ids and segment of every token."""

    input_ids: list[int]
    token_type_ids: list[int]


class WindowedItem(NamedTuple):
    """An item as rows of a batch."""

    windows: tuple[Window, ...]
    """At least one. An item's logit is, rule by rule, the highest over its windows."""
    context_shortened: bool
    """Whether the middle of the prompt was left out to make room for the response."""


@dataclass(frozen=True)
class Windows:
    """Reads items: normalised, control tokens a user wrote taken as text, long text in windows.

    Args:
        tokenizer: a fast tokenizer with a padding token.
        judges: what is judged. Of an exchange the response is, in the light of its prompt: the
            prompt stands in every window of the response, cut to its head and tail when it would
            take more than a third of the window.
        max_tokens: length of a window, special tokens included.
        stride: how many tokens neighbouring windows share (as in `tokenizers`).
    """

    tokenizer: PreTrainedTokenizerBase
    judges: Judges
    max_tokens: int = 256
    stride: int = 64

    def __post_init__(self) -> None:
        if not self.tokenizer.is_fast:
            raise ArtefactError(
                f"{type(self.tokenizer).__name__} is not a fast tokenizer; choose a base model "
                "that comes with a tokenizer.json"
            )
        room = self._room(len(self._layout.between) and self.max_tokens // _CONTEXT_SHARE)
        if not 0 <= self.stride < room:
            raise InputError(
                f"windows of {self.max_tokens} tokens cannot overlap by {self.stride}: the text "
                f"has room for {room} of them"
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the texts an item must have; the last is judged, one before it is context."""
        return FIELDS[self.judges]

    def of(self, fields: Mapping[str, Any]) -> WindowedItem:
        """The windows of one item.

        Raises:
            Unreadable: a text is missing, is not text, is empty, or is longer than
                `MAX_CHARACTERS` (as it stands or once normalised).
        """
        *context, judged = [self._tokens(name, fields.get(name)) for name in self.fields]
        if not judged:
            raise Unreadable(f"empty: no words in the {self.fields[-1]}")
        shown = _head_and_tail(context[0], self.max_tokens // _CONTEXT_SHARE) if context else None
        layout, room = self._layout, self._room(len(shown or ()))
        rows = [layout.row(shown, part) for part in _overlapping(judged, room, self.stride)]
        return WindowedItem(tuple(rows), bool(context) and shown != context[0])

    @cached_property
    def _layout(self) -> _Layout:
        return _Layout.of(self.tokenizer, pair=len(self.fields) > 1)

    def _room(self, context: int) -> int:
        return self.max_tokens - self._layout.length - context

    def _tokens(self, name: str, text: Any) -> list[int]:
        plain = _plain(name, text)
        if not plain:
            return []
        # split_special_tokens: "[SEP]" or "</s>" written by a user is text, never a control token.
        encoded = self.tokenizer(
            list(_pieces(plain)),
            add_special_tokens=False,
            split_special_tokens=True,
            truncation=False,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        return [token for piece in encoded["input_ids"] for token in piece]


def collate(
    windows: Sequence[Window], tokenizer: PreTrainedTokenizerBase
) -> dict[str, torch.Tensor]:
    """Windows as one padded batch of int64 tensors (windows, longest window), padded on the right.

    Holds the inputs the tokenizer's model takes: ids, attention mask and, where it knows them,
    segments.
    """
    import torch

    width = max(len(window.input_ids) for window in windows)
    pad = int(tokenizer.pad_token_id)
    rows = [_padded(window, width, pad) for window in windows]
    batch = {name: torch.tensor([row[name] for row in rows]) for name in rows[0]}
    if "token_type_ids" not in tokenizer.model_input_names:
        del batch["token_type_ids"]
    return batch


@dataclass(frozen=True)
class _Layout:
    """The control tokens before, between and after the texts, with the segments of all parts."""

    before: list[int]
    between: list[int]
    after: list[int]
    segments: tuple[int, int, int, int, int]
    """Segment of: before, first text, between, second text, after."""

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerBase, *, pair: bool) -> _Layout:
        """What the tokenizer's own template puts around one text, or around a pair."""
        probe = tokenizer(*(["a", "a"] if pair else ["a"]), return_token_type_ids=True)
        ids, types, owners = probe["input_ids"], probe["token_type_ids"], probe.sequence_ids(0)
        first = [at for at, owner in enumerate(owners) if owner == 0]
        second = [at for at, owner in enumerate(owners) if owner == 1] or first
        before, after = ids[: first[0]], ids[second[-1] + 1 :]
        between = ids[first[-1] + 1 : second[0]] if pair else []
        marks = (0, first[0], first[-1] + 1 if between else first[-1], second[0], len(ids) - 1)
        segments = [types[mark] for mark in marks]
        if pair and not between:
            between = tokenizer("\n\n", add_special_tokens=False)["input_ids"]
        return cls(before, between, after, (*segments,))

    @property
    def length(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    def row(self, context: list[int] | None, judged: list[int]) -> Window:
        parts = [self.before, context or [], self.between, judged, self.after]
        ids = [token for part in parts for token in part]
        lengths = zip(self.segments, parts, strict=True)
        return Window(ids, [segment for segment, part in lengths for _ in part])


def _plain(name: str, text: Any) -> str:
    if text is None:
        raise Unreadable(f"missing: there is no {name}")
    if not isinstance(text, str):
        raise Unreadable(f"not text: the {name} is of type {type(text).__name__}")
    _refuse_over_long(name, text)
    plain = normalise(text).strip()
    _refuse_over_long(name, plain)
    return plain


def _refuse_over_long(name: str, text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(
            f"over-long: {len(text):,} characters of {name}, the limit is {MAX_CHARACTERS:,}"
        )


def _pieces(text: str) -> Iterator[str]:
    """Cut before white space, so that a tokenizer's time and memory grow with pieces, not texts."""
    start = 0
    while len(text) - start > _PIECE:
        earliest, latest = start + _PIECE // 2, start + _PIECE
        space = max(text.rfind(" ", earliest, latest), text.rfind("\n", earliest, latest))
        end = space if space > 0 else latest
        yield text[start:end]
        start = end
    yield text[start:]


def _head_and_tail(tokens: list[int], limit: int) -> list[int]:
    if len(tokens) <= limit:
        return tokens
    tail = limit // 2
    return tokens[: limit - tail] + tokens[len(tokens) - tail :]


def _overlapping(tokens: list[int], room: int, stride: int) -> Iterator[list[int]]:
    """Full windows over `tokens`; the last one ends where the text ends, not in a short stump."""
    last = max(0, len(tokens) - room)
    for start in range(0, last, room - stride):
        yield tokens[start : start + room]
    yield tokens[last:]


def _padded(window: Window, width: int, pad: int) -> dict[str, list[int]]:
    gap = width - len(window.input_ids)
    return {
        "input_ids": window.input_ids + [pad] * gap,
        "attention_mask": [1] * len(window.input_ids) + [0] * gap,
        "token_type_ids": window.token_type_ids + [0] * gap,
    }
