"""What a run may cost: estimated beforehand, counted call by call, stopped at the limit.

A call is let through only if its longest answer would still be paid for, so a limit is never
passed, as far as the server tells its usage and keeps to the length it was given. Knows nothing
about HTTP.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatewright.errors import UpstreamError
from gatewright.training.generators.records import Request

__all__ = ["MAX_OUTPUT_TOKENS", "PROBE_CALLS", "Estimate", "Purse", "estimate", "tokens_in"]

MAX_OUTPUT_TOKENS = 8000
"""Longest answer asked for in one call, unless told; room for a model that thinks first."""

PROBE_CALLS = 2
"""Calls that find out what the server understands, before the first request."""

_CHARACTERS_IN_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """What asking would come to at most, without any retry."""

    calls: int
    input_tokens: int
    """Approximate: a token is taken to be four characters."""
    max_output_tokens: int
    """If every answer were as long as it may be; usual ones are far shorter."""

    def __str__(self) -> str:
        return (
            f"{self.calls:,} calls, about {self.input_tokens:,} input tokens (approximate: four "
            f"characters a token), at most {self.max_output_tokens:,} output tokens"
        )


def estimate(
    requests: Iterable[Request], *, max_output_tokens: int = MAX_OUTPUT_TOKENS
) -> Estimate:
    """What asking `requests` would come to, the two calls of the probe included."""
    calls = tokens = 0
    for request in requests:
        calls += 1
        tokens += tokens_in(request.messages, request.schema)
    if calls:
        calls += PROBE_CALLS
    return Estimate(calls, tokens, calls * max_output_tokens)


def tokens_in(messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any]) -> int:
    """About how many tokens a call sends."""
    characters = sum(len(each["content"]) for each in messages) + len(str(schema))
    return math.ceil(characters / _CHARACTERS_IN_A_TOKEN)


class Purse:
    """Calls and tokens spent so far, and the limits on both."""

    def __init__(self, *, max_calls: int | None = None, max_tokens: int | None = None) -> None:
        self.calls = 0
        self.tokens = 0
        self._max_calls, self._max_tokens = max_calls, max_tokens
        self._promised = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def grant(self, tokens: int) -> None:
        """Let one call through that may come to so many tokens, once those under way allow it.

        Raises:
            UpstreamError: the calls or the tokens are spent.
        """
        while True:
            if self._max_calls is not None and self.calls >= self._max_calls:
                raise UpstreamError(_spent(f"{self._max_calls:,} calls", "--max-calls"))
            if self._max_tokens is None or self._worst + tokens <= self._max_tokens:
                break
            if not self._promised:
                raise UpstreamError(
                    _spent(
                        f"{self._max_tokens:,} tokens",
                        "--max-tokens",
                        f" up to what another call may take ({self.tokens:,} used, a call takes "
                        f"up to {tokens:,})",
                    )
                )
            settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(settled)
            await settled
        self.calls += 1
        self._promised += tokens

    def settle(self, granted: int, used: int) -> None:
        """A call is over: what it was granted, and what it used."""
        self._promised -= granted
        self.tokens += used
        for each in self._waiting:
            if not each.done():
                each.set_result(None)
        self._waiting.clear()

    @property
    def _worst(self) -> int:
        return self.tokens + self._promised


def _spent(what: str, option: str, how_far: str = "") -> str:
    return (
        f"the {what} granted by {option} are spent{how_far}. What was answered is kept: the same "
        f"command goes on from here with as much again; a larger {option} gets further at a time"
    )
