"""Budgets of calls and tokens: never passed, and the same command goes on afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from gatewright.constitution import Constitution
from gatewright.errors import InputError, UpstreamError
from gatewright.training.generators import Journal, Reply, Request
from gatewright.training.generators.openai_compatible import OpenAICompatible, estimate
from gatewright.training.slots import Slot
from gatewright.training.synthesis import synthesize

from .conftest import Answering, Generate, Serve
from .fake_server import Act, Call, completion, status


def spent(generator: OpenAICompatible, requests: list[Request], match: str) -> int:
    """How many replies came before the budget ended."""
    got: list[Reply] = []
    with pytest.raises(UpstreamError, match=match) as caught:
        got.extend(generator.replies(requests))
    assert "the same command goes on" in str(caught.value)
    return len(got)


@pytest.mark.parametrize("concurrency", [1, 7, 32])
def test_calls_end_at_their_limit_and_those_under_way_are_kept(
    serve: Serve, generate: Generate, requests: list[Request], concurrency: int
) -> None:
    server = serve()
    generator = generate(server, max_calls=9, concurrency=concurrency)
    assert spent(generator, requests, "9 calls granted by --max-calls") == 7
    assert len(server.calls) == generator.calls == 9


def test_retries_are_calls_too(serve: Serve, generate: Generate, requests: list[Request]) -> None:
    def behave(call: Call) -> Act:
        return completion("{}") if call.number % 2 else status(500)

    server = serve(behave)
    assert spent(generate(server, max_calls=10, concurrency=1), requests, "10 calls") == 4
    assert len(server.calls) == 10


@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("counted", [True, False])
def test_tokens_are_never_passed(
    serve: Serve, generate: Generate, requests: list[Request], concurrency: int, counted: bool
) -> None:
    server = serve(lambda call: completion("x" * 4000, tokens=1500 if counted else None))
    options: dict[str, Any] = {"max_output_tokens": 1000, "concurrency": concurrency}
    generator = generate(server, max_tokens=20_000, **options)
    replies = spent(generator, requests * 3, "20,000 tokens granted by --max-tokens")
    assert 0 < replies < len(requests) * 3
    assert 15_000 < generator.tokens <= 20_000


def test_a_budget_too_small_for_the_probe_says_so(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve()
    assert spent(generate(server, max_tokens=100), requests, "100 tokens") == 0
    assert not server.calls
    assert spent(generate(server, max_calls=1), requests, "1 calls") == 0


def test_the_same_command_goes_on_where_the_budget_ended(
    serve: Serve,
    generate: Generate,
    constitution: Constitution,
    slots: list[Slot],
    requests: list[Request],
    text_for: Answering,
    journal: Journal,
) -> None:
    server = serve(lambda call: completion(text_for(call)))
    runs = 0
    while True:
        runs += 1
        try:
            generator = generate(server, max_calls=7)
            result = synthesize(constitution, generator, slots=slots, journal=journal)
            break
        except UpstreamError:
            assert runs < 20
    assert runs > 2
    assert result.counts["answered"] == len(slots)
    seeds = [call.body["seed"] for call in server.asked]
    assert len(seeds) == len(set(seeds)) == len(slots)


def test_an_estimate_counts_calls_and_tokens(requests: list[Request]) -> None:
    found = estimate(requests, max_output_tokens=500)
    characters = sum(len(each["content"]) for r in requests for each in r.messages)
    assert found.calls == len(requests) + 2
    assert characters / 4 < found.input_tokens < characters / 2
    assert found.max_output_tokens == 500 * found.calls
    assert "approximate" in str(found)
    assert estimate([]).calls == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("concurrency", 0),
        ("concurrency", 257),
        ("max_calls", 0),
        ("max_tokens", -1),
        ("max_output_tokens", 0),
        ("deadline", 0.0),
        ("deadline", float("nan")),
        ("deadline", float("inf")),
    ],
)
def test_numbers_out_of_range_are_named(
    serve: Serve, generate: Generate, option: str, value: float
) -> None:
    with pytest.raises(InputError, match=option):
        generate(serve(), **{option: value})
