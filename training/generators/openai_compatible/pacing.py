"""How many calls at once: as many as the server bears, found by trying.

Additive increase, multiplicative decrease: a round of answers raises the limit by a step, a sign of
overload halves it, once for all the calls that were under way together. A server may also ask for
a pause, which holds everybody. Knows nothing about HTTP; lives on one event loop.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable

__all__ = ["Pace"]

_STEPS = 32  # a step is this part of the ceiling, so that 256 are reached again about as fast as 32


class Pace:
    """A limit on the calls under way that follows what the server says."""

    def __init__(
        self,
        ceiling: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Begin at the ceiling: the user knows the server better than a slow start does."""
        self.limit = float(ceiling)
        self.under_way = 0
        self._ceiling = ceiling
        self._cuts = 0
        self._not_before = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._clock, self._sleep, self._draw = clock, sleep, draw

    async def turn(self) -> int:
        """Wait for a place; gives a number to hand to `overloaded`. End it with `done`."""
        while True:
            pause = self._not_before - self._clock()
            if pause > 0:
                # Not all on the same instant: up to a tenth later.
                await self._sleep(pause * (1 + self._draw() / 10))
            elif self.under_way < int(self.limit):
                self.under_way += 1
                return self._cuts
            else:
                await self._place()

    def done(self) -> None:
        """Give the place back."""
        self.under_way -= 1
        self._wake()

    def succeeded(self) -> None:
        """A call was answered: a full round of these raises the limit by one step."""
        step = max(1.0, self._ceiling / _STEPS)
        self.limit = min(float(self._ceiling), self.limit + step / self.limit)
        self._wake()

    def overloaded(self, turn: int) -> None:
        """A call of that turn met an overload: halve the limit, unless its like did before."""
        if turn == self._cuts:
            self._cuts += 1
            self.limit = max(1.0, self.limit / 2)

    def hold(self, seconds: float) -> None:
        """Start no call for that long."""
        self._not_before = max(self._not_before, self._clock() + seconds)

    async def _place(self) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            # A place that was given to somebody who left goes to the next.
            self._wake()
            raise

    def _wake(self) -> None:
        free = int(self.limit) - self.under_way
        while self._waiting and free > 0:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                free -= 1
