"""A run of requests: workers take them one by one, and put what became of each.

Takes the parts (a caller, a pace, a purse, a dialect) and a line of requests; memory stays flat
however long that is. Knows nothing about threads, HTTP or how replies are read.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gatewright.errors import UpstreamError
from gatewright.training.generators.openai_compatible.calling import Answer, Failure
from gatewright.training.generators.openai_compatible.dialect import Dialect
from gatewright.training.generators.openai_compatible.handing_over import Put
from gatewright.training.generators.openai_compatible.pacing import Pace
from gatewright.training.generators.openai_compatible.retrying import (
    Breaker,
    RetryBudget,
    backoff,
)
from gatewright.training.generators.openai_compatible.spending import Purse, tokens_in
from gatewright.training.generators.records import Reply, Request

__all__ = ["NAME", "Asking", "Calls", "Spent", "seed_of"]

NAME = "openai"
"""The generator named in replies, and under which they are remembered."""

_TRIES = 5
_PATIENCE = 12  # times a request is put off by a 429 before it is given up


class Spent(Exception):
    """The budget is; no further call will be let through."""


class Calls(Protocol):
    """What makes one call."""

    async def call(self, body: Mapping[str, Any], *, timeout: float) -> Answer | Failure: ...


def seed_of(run: int, request: str, number: int = 0) -> int:
    """The seed of a call: of the run's seed and the request, whatever the order of calls."""
    sha = hashlib.sha256(f"{run} {request} {number}".encode())
    return int.from_bytes(sha.digest()[:4], "big") >> 1


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything a worker needs."""

    caller: Calls
    pace: Pace
    purse: Purse
    retries: RetryBudget
    breaker: Breaker
    model: str
    seed: int
    max_output_tokens: int
    deadline: float
    first_wait: float

    async def all(
        self, requests: Iterator[Request], dialect: Dialect, put: Put[Reply], *, workers: int
    ) -> None:
        """Have every request answered or given up; put each reply the moment it is there.

        Raises:
            UpstreamError: the server is not worth asking on (calls under way are cancelled), or
                the budget is spent (calls under way were waited for).
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._work(requests, dialect, put)) for _ in range(workers)
                ]
        except BaseExceptionGroup as errors:
            # One reason is enough, and the first is the cause of the others.
            raise errors.exceptions[0] from None
        if (spent := next(filter(None, (task.result() for task in tasks)), None)) is not None:
            raise UpstreamError(spent)

    async def _work(
        self, requests: Iterator[Request], dialect: Dialect, put: Put[Reply]
    ) -> str | None:
        """Answer requests until none is left, or say why no more calls may be made."""
        for request in requests:
            try:
                reply = await self._reply(request, dialect)
            except Spent as spent:
                return str(spent)
            await put(reply)
        return None

    async def _reply(self, request: Request, dialect: Dialect) -> Reply:
        self.retries.earn()
        body = dialect.body(
            request.messages,
            request.schema,
            model=self.model,
            seed=seed_of(self.seed, request.digest),
            max_output_tokens=self.max_output_tokens,
        )
        outcome = await self.answered(body, size=tokens_in(request.messages, request.schema))
        if isinstance(outcome, Answer):
            self.breaker.answered()
            return Reply(
                id=request.id,
                text=outcome.text,
                finish_reason=outcome.finish_reason,
                model=outcome.model or self.model,
                generator=NAME,
            )
        if outcome.kind == "stop":
            raise UpstreamError(outcome.sentence)
        self.breaker.given_up(outcome.sentence)
        return Reply(
            id=request.id,
            text="",
            finish_reason=None,
            model=self.model,
            generator=NAME,
            error=outcome.sentence,
        )

    async def answered(
        self, body: Mapping[str, Any], *, size: int, tries: int = _TRIES
    ) -> Answer | Failure:
        """Call until there is an answer, or it is settled that there will be none.

        The deadline covers all the calls of one request and the waits we chose ourselves; a wait
        that the server asked for is not held against it.

        Raises:
            Spent: there is no budget for the next call.
        """
        left = self.deadline
        tried = put_off = 0
        while True:
            outcome, seconds = await self._called(body, size, left)
            left -= seconds
            if isinstance(outcome, Answer):
                return outcome
            wanted = outcome.retry_after
            if outcome.kind == "later":
                # No room is not a failure: everybody waits, and no retry is counted.
                put_off += 1
                if put_off >= _PATIENCE:
                    return outcome
                self.pace.hold(self._wait(put_off) if wanted is None else wanted)
                continue
            tried += 1
            wait = self._wait(tried)
            over = outcome.kind != "again" or tried >= tries or wait >= left
            if over or not self.retries.take():
                return outcome
            left -= wait
            await asyncio.sleep(max(wait, wanted or 0))

    async def _called(
        self, body: Mapping[str, Any], size: int, left: float
    ) -> tuple[Answer | Failure, float]:
        """One call at the server's pace and within the budget, and how long it took."""
        turn = await self.pace.turn()
        granted = size + self.max_output_tokens
        try:
            await self._granted(granted)
            used = size
            began = time.monotonic()
            try:
                outcome = await self.caller.call(body, timeout=left)
                used = _used(outcome, size)
            finally:
                self.purse.settle(granted, used)
        finally:
            self.pace.done()
        if isinstance(outcome, Answer):
            self.pace.succeeded()
        elif outcome.overload:
            self.pace.overloaded(turn)
        return outcome, time.monotonic() - began

    async def _granted(self, tokens: int) -> None:
        try:
            await self.purse.grant(tokens)
        except UpstreamError as error:
            raise Spent(str(error)) from None

    def _wait(self, tried: int) -> float:
        return backoff(tried, first=self.first_wait)


def _used(outcome: Answer | Failure, size: int) -> int:
    """Tokens a call used, by the server's count, else by ours; a failed one cost what was sent."""
    if isinstance(outcome, Failure):
        return 0 if outcome.kind != "again" else size
    return size + len(outcome.text) // 4 if outcome.tokens is None else outcome.tokens
