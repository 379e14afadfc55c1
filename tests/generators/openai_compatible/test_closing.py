"""Stopping in the middle: everything under way ends, and nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from itertools import islice

import pytest

from gatewright.training.generators import Request
from gatewright.training.generators.openai_compatible.handing_over import Put, handed_over

from .conftest import Generate, Serve
from .fake_server import HANG, Call, FakeServer, completion


def until(condition: Callable[[], bool]) -> None:
    """Wait for it; a test that would wait for ever is ended by its timeout."""
    while not condition():
        time.sleep(0.005)


def asking_threads() -> int:
    return sum(thread.name == "gatewright-asking" for thread in threading.enumerate())


def test_closing_ends_what_is_under_way(
    serve: Serve, generate: Generate, requests: list[Request], request_of: Callable[[Call], Request]
) -> None:
    few = requests[:20]
    first = {each.id for each in few[:3]}
    server = serve(lambda call: completion("{}") if request_of(call).id in first else HANG)
    replies = generate(server).replies(few)
    assert {next(replies).id for _ in first} == first
    until(lambda: len(server.asked) == len(few))
    replies.close()
    assert asking_threads() == 0
    until(lambda: server.connections == 0)


def test_closing_before_the_first_reply_and_after_the_last_is_fine(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve()
    generate(server).replies(requests).close()
    assert not server.calls
    replies = generate(server).replies(requests)
    assert len(list(replies)) == len(requests)
    replies.close()
    assert asking_threads() == 0
    until(lambda: server.connections == 0)


def test_an_interrupt_while_waiting_ends_what_is_under_way(
    generate: Generate, requests: list[Request]
) -> None:
    with FakeServer(lambda call: HANG) as server:
        replies = generate(server).replies(requests)

        def interrupt() -> None:
            until(lambda: bool(server.asked))
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            next(replies)
        thread.join()
        assert asking_threads() == 0
        until(lambda: server.connections == 0)


def test_a_slow_reader_makes_the_asking_wait(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    many = requests * 10
    server = serve()
    replies = generate(server, concurrency=4).replies(many)
    assert len(list(islice(replies, 5))) == 5
    # Eight replies may wait, four calls may be under way, and a batch may be half taken.
    time.sleep(0.2)
    assert len(server.asked) <= 5 + 8 + 4 + 4
    assert len(list(replies)) == len(many) - 5


def test_a_mistake_of_ours_comes_through() -> None:
    async def work(put: Put[int]) -> None:
        await put(1)
        await asyncio.sleep(0)
        raise ZeroDivisionError

    numbers = handed_over(work, ahead=4)
    assert next(numbers) == 1
    with pytest.raises(ZeroDivisionError):
        next(numbers)
    assert asking_threads() == 0
