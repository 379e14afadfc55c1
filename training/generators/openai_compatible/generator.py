"""The generator itself: from requests to replies, with a probe before the first.

Takes an endpoint, a seed and limits; gives an ordinary iterator over an event loop in a thread.
Closing the iterator cancels every call under way and closes the client. Knows nothing about the
journal or how replies are read.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from gatewright.constitution.records import Constitution
from gatewright.errors import InputError, UpstreamError
from gatewright.training.generators.openai_compatible.asking import NAME, Asking, Spent, seed_of
from gatewright.training.generators.openai_compatible.calling import Answer, Caller, Failure
from gatewright.training.generators.openai_compatible.dialect import Dialect
from gatewright.training.generators.openai_compatible.endpoint import Endpoint, find_endpoint
from gatewright.training.generators.openai_compatible.handing_over import Put, handed_over
from gatewright.training.generators.openai_compatible.pacing import Pace
from gatewright.training.generators.openai_compatible.probing import (
    PROBE_MESSAGES,
    PROBE_SCHEMA,
    probe,
)
from gatewright.training.generators.openai_compatible.retrying import Breaker, RetryBudget
from gatewright.training.generators.openai_compatible.spending import (
    MAX_OUTPUT_TOKENS,
    Purse,
    tokens_in,
)
from gatewright.training.generators.records import Reply, Request

__all__ = ["CONCURRENCY", "DEADLINE", "OpenAICompatible", "open_generator"]

CONCURRENCY = 32
"""Calls at once, unless told."""

DEADLINE = 120.0
"""Seconds one request may take in all, unless told."""

_MOST_AT_ONCE = 256
_PROBE_TRIES = 3
_logger = logging.getLogger(__name__)


class OpenAICompatible:
    """Answers requests by asking a chat endpoint."""

    name = NAME

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        seed: int = 0,
        concurrency: int = CONCURRENCY,
        max_calls: int | None = None,
        max_tokens: int | None = None,
        max_output_tokens: int = MAX_OUTPUT_TOKENS,
        deadline: float = DEADLINE,
        first_wait: float = 1.0,
        say: Callable[[str], object] = _logger.info,
    ) -> None:
        """Say where and how to ask; nothing is sent before the first reply is wanted.

        Args:
            concurrency: calls at once, at most; fewer when the server is overloaded.
            max_calls: calls to make in the life of this object, probe and retries included.
            max_tokens: likewise tokens, those sent and those received.
            max_output_tokens: longest answer of one call.
            deadline: seconds one request may take, its retries included.
            first_wait: bound on the seconds before the first retry; later ones double it.
            say: told what the probe found, a line at a time.

        Raises:
            InputError: a number is out of range.
        """
        _check(concurrency, max_calls, max_tokens, max_output_tokens, deadline)
        self.model = endpoint.model
        self._endpoint = endpoint
        self._seed, self._concurrency = seed, concurrency
        self._max_output_tokens, self._deadline = max_output_tokens, deadline
        self._first_wait, self._say = first_wait, say
        self._purse = Purse(max_calls=max_calls, max_tokens=max_tokens)
        self._dialect: Dialect | None = None

    def __repr__(self) -> str:
        return f"OpenAICompatible({self._endpoint!r})"

    @property
    def calls(self) -> int:
        """Calls made so far, probe and retries included."""
        return self._purse.calls

    @property
    def tokens(self) -> int:
        """Tokens sent and received so far, by the server's count where it gave one."""
        return self._purse.tokens

    def replies(self, requests: Sequence[Request]) -> Generator[Reply]:
        """A reply to each request in the order of their arrival; its `error` says why if it failed.

        Raises:
            UpstreamError: the server refuses or is not to be reached, or the budget is spent.
        """
        if not requests:
            return
        workers = min(self._concurrency, len(requests))

        async def work(put: Put[Reply]) -> None:
            caller = Caller(self._endpoint, connections=workers)
            try:
                await self._ask(caller, requests, put, workers)
            finally:
                await caller.close()

        yield from handed_over(work, ahead=2 * workers)

    async def _ask(
        self, caller: Caller, requests: Sequence[Request], put: Put[Reply], workers: int
    ) -> None:
        asking = Asking(
            caller=caller,
            pace=Pace(workers),
            purse=self._purse,
            retries=RetryBudget(),
            breaker=Breaker(),
            model=self.model,
            seed=self._seed,
            max_output_tokens=self._max_output_tokens,
            deadline=self._deadline,
            first_wait=self._first_wait,
        )
        if self._dialect is None:
            self._dialect = await self._probed(asking)
        await asking.all(iter(requests), self._dialect, put, workers=workers)

    async def _probed(self, asking: Asking) -> Dialect:
        if self._endpoint.exposes_key:
            self._say(f"the key travels unencrypted to {self._endpoint.base_url}; use https there")
        size = tokens_in(PROBE_MESSAGES, PROBE_SCHEMA)

        async def ask(dialect: Dialect, number: int) -> Answer | Failure:
            body = dialect.body(
                PROBE_MESSAGES,
                PROBE_SCHEMA,
                model=self.model,
                seed=seed_of(self._seed, "probe", number),
                max_output_tokens=self._max_output_tokens,
            )
            return await asking.answered(body, size=size, tries=_PROBE_TRIES)

        try:
            official = self._endpoint.official
            return await probe(ask, Dialect.to_begin_with(official=official), self._say)
        except Spent as spent:
            raise UpstreamError(str(spent)) from None
        except UpstreamError as error:
            raise UpstreamError(
                f"{self.model} at {self._endpoint.base_url} gives no answer: {error}. Once it "
                "does, the same command goes on"
            ) from None


def open_generator(
    argument: str,
    *,
    constitution: Constitution,
    policy: Path,
    seed: int,
    concurrency: int = CONCURRENCY,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_output_tokens: int = MAX_OUTPUT_TOKENS,
    deadline: float = DEADLINE,
    say: Callable[[str], object] = _logger.info,
) -> OpenAICompatible:
    """The generator for `MODEL` or `MODEL@BASE_URL`; the key comes from OPENAI_API_KEY.

    Raises:
        InputError: no model, an address that is none, no key where one is needed, or a number out
            of range.
    """
    return OpenAICompatible(
        find_endpoint(argument, os.environ),
        seed=seed,
        concurrency=concurrency,
        max_calls=max_calls,
        max_tokens=max_tokens,
        max_output_tokens=max_output_tokens,
        deadline=deadline,
        say=say,
    )


def _check(
    concurrency: int,
    max_calls: int | None,
    max_tokens: int | None,
    max_output_tokens: int,
    deadline: float,
) -> None:
    if not 1 <= concurrency <= _MOST_AT_ONCE:
        raise InputError(f"concurrency must be 1 to {_MOST_AT_ONCE}, not {concurrency}")
    limits = {"max_calls": max_calls, "max_tokens": max_tokens}
    limits |= {"max_output_tokens": max_output_tokens}
    for name, limit in limits.items():
        if limit is not None and limit < 1:
            raise InputError(f"{name} must be at least 1, not {limit}")
    if not 0 < deadline < float("inf"):
        raise InputError(f"deadline must be a number of seconds above 0, not {deadline}")
