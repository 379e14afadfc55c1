"""Requests of a plan, servers that answer them, and generators that ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from gatewright.constitution import Constitution
from gatewright.training.generators import Request
from gatewright.training.generators.openai_compatible import OpenAICompatible
from gatewright.training.generators.openai_compatible.asking import seed_of
from gatewright.training.generators.openai_compatible.endpoint import Endpoint
from gatewright.training.generators.scripted import faulty_text
from gatewright.training.slots import Slot
from gatewright.training.synthesis import requests_for

from .fake_server import Act, Call, FakeServer, completion

Behaviour = Callable[[Call], Act]


class Serve(Protocol):
    def __call__(self, behaviour: Behaviour = ..., **how: Any) -> FakeServer: ...


class Generate(Protocol):
    def __call__(self, server: FakeServer, **options: Any) -> OpenAICompatible: ...


class Answering(Protocol):
    def __call__(self, call: Call, fault: str = "none") -> str: ...


@pytest.fixture
def requests(constitution: Constitution, slots: list[Slot]) -> list[Request]:
    return requests_for(constitution, slots)


@pytest.fixture
def request_of(requests: list[Request]) -> Callable[[Call], Request]:
    """`request_of(call)`: the request it makes, known by its seed."""
    by_seed = {seed_of(0, each.digest): each for each in requests}
    return lambda call: by_seed[call.body["seed"]]


@pytest.fixture
def text_for(constitution: Constitution, request_of: Callable[[Call], Request]) -> Answering:
    """`text_for(call, fault)`: what a writer with that fault would answer."""

    def text(call: Call, fault: str = "none") -> str:
        return faulty_text(fault, request_of(call), constitution.fields)

    return text


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(behaviour, **how)`: a running server; without a behaviour it answers every call."""
    with ExitStack() as servers:

        def started(behaviour: Behaviour = lambda call: completion("{}"), **how: Any) -> FakeServer:
            return servers.enter_context(FakeServer(behaviour, **how))

        yield started


@pytest.fixture
def generate() -> Generate:
    """`generate(server, **options)`: a generator that asks it, and hardly waits between tries."""

    def generator(server: FakeServer, **options: Any) -> OpenAICompatible:
        key = options.pop("key", "none")
        endpoint = Endpoint("fake", server.url, key)
        return OpenAICompatible(endpoint, **{"first_wait": 0.001, "say": str, **options})

    return generator


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    return tmp_path / "policy.md"
