"""The pace: how the number of calls at once follows the server, on a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gatewright.training.generators.openai_compatible.pacing import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


def pace_of(ceiling: int, clock: Clock) -> Pace:
    return Pace(ceiling, clock=lambda: clock.now, sleep=clock.sleep, draw=lambda: 0.5)


def test_a_round_of_overload_halves_once_and_rounds_of_answers_raise(clock: Clock) -> None:
    async def test() -> None:
        pace = pace_of(64, clock)
        turns = [await pace.turn() for _ in range(64)]
        for turn in turns:
            pace.overloaded(turn)
            pace.done()
        assert pace.limit == 32
        turn = await pace.turn()
        pace.overloaded(turn)
        pace.done()
        assert pace.limit == 16
        for _ in range(16):
            pace.succeeded()
        assert 17.5 < pace.limit <= 18
        for _ in range(5000):
            pace.succeeded()
        assert pace.limit == 64

    run(test)


def test_the_limit_never_falls_below_one(clock: Clock) -> None:
    async def test() -> None:
        pace = pace_of(8, clock)
        for _ in range(20):
            pace.overloaded(await pace.turn())
            pace.done()
        assert pace.limit == 1

    run(test)


@pytest.mark.parametrize("ceiling", [1, 3, 10])
def test_no_more_than_the_limit_are_under_way_and_nobody_is_forgotten(
    clock: Clock, ceiling: int
) -> None:
    async def test() -> None:
        pace = pace_of(ceiling, clock)
        most = 0

        async def one(number: int) -> None:
            nonlocal most
            turn = await pace.turn()
            most = max(most, pace.under_way)
            await asyncio.sleep(0)
            if number % 5 == 0:
                pace.overloaded(turn)
            else:
                pace.succeeded()
            pace.done()

        await asyncio.wait_for(asyncio.gather(*[one(n) for n in range(200)]), 10)
        assert most == ceiling
        assert pace.under_way == 0

    run(test)


def test_one_who_leaves_passes_the_place_on(clock: Clock) -> None:
    async def test() -> None:
        pace = pace_of(1, clock)
        await pace.turn()
        leaving, staying = (asyncio.create_task(pace.turn()) for _ in range(2))
        await asyncio.sleep(0)
        pace.done()
        leaving.cancel()
        await asyncio.wait_for(staying, 10)
        assert pace.under_way == 1

    run(test)


def test_a_pause_holds_everybody_and_the_longest_counts(clock: Clock) -> None:
    async def test() -> None:
        pace = pace_of(4, clock)
        pace.hold(10)
        pace.hold(3)
        await asyncio.gather(pace.turn(), pace.turn())
        assert clock.now >= 10
        assert clock.slept[0] == pytest.approx(10.5)

    run(test)
