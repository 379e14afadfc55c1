"""Every way in which a server fails: tried again, put off, given up, or the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from gatewright.errors import UpstreamError
from gatewright.training.generators import Reply, Request

from .conftest import Behaviour, Generate, Serve
from .fake_server import HANG, RESET, Act, Call, FakeServer, completion, status

FINE = completion('{"examples": []}')
RequestOf = Callable[[Call], Request]


def once(act: Act) -> Behaviour:
    """That act for the first call of each request; the second is answered."""
    seen: set[int] = set()

    def behave(call: Call) -> Act:
        seed = call.body["seed"]
        first = seed not in seen
        seen.add(seed)
        return act if first else FINE

    return behave


@pytest.mark.parametrize(
    "act",
    [
        status(429),
        status(429, retry_after="0.01"),
        status(500),
        status(503, retry_after="0.01"),
        status(408),
        RESET,
        completion("{}", manner="cut"),
        Act(body=b'{"choices": [{"message"'),
        Act(body=b"<html>Please log in</html>"),
        Act(body=b'{"choices": []}'),
        Act(body=b'{"error": {"code": 502, "message": "upstream"}}'),
    ],
)
def test_what_passes_is_tried_again(
    serve: Serve, generate: Generate, requests: list[Request], act: Act
) -> None:
    few = requests[:8]
    server = serve(once(act))
    replies = list(generate(server).replies(few))
    assert {each.id for each in replies} == {each.id for each in few}
    assert not [each.error for each in replies if each.error]
    assert len(server.asked) == 2 * len(few)


@pytest.mark.parametrize("code", [400, 422, 413])
def test_what_is_refused_is_not_asked_again(
    serve: Serve, generate: Generate, requests: list[Request], request_of: RequestOf, code: int
) -> None:
    refused = requests[3].id

    def behave(call: Call) -> Act:
        return status(code, "too long") if request_of(call).id == refused else FINE

    server = serve(behave)
    replies = {each.id: each for each in generate(server).replies(requests)}
    assert len(replies) == len(requests)
    assert replies[refused].error == f"HTTP status {code}: too long"
    assert not any(each.error for each in replies.values() if each.id != refused)
    assert len(server.asked) == len(requests)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (status(401), "set OPENAI_API_KEY"),
        (status(403), "ask for access"),
        (status(404), "knows no model 'fake'"),
        (status(429, "pay up", code_name="insufficient_quota"), "no credit left"),
        (status(307, location="http://127.0.0.1:9/v1/chat/completions"), "another address"),
    ],
)
def test_what_no_call_will_survive_stops_the_run_at_once(
    serve: Serve, generate: Generate, requests: list[Request], act: Act, sentence: str
) -> None:
    server = serve(lambda call: act)
    with pytest.raises(UpstreamError, match=sentence) as caught:
        list(generate(server, concurrency=4).replies(requests))
    assert caught.value.exit_code == 5
    assert len(server.asked) <= 4


def test_what_was_answered_before_the_stop_is_kept(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve(lambda call: FINE if call.number < 8 else status(401))
    replies = generate(server, concurrency=1).replies(requests)
    assert len([next(replies) for _ in range(6)]) == 6
    with pytest.raises(UpstreamError):
        next(replies)


def test_twenty_requests_in_a_row_that_come_to_nothing_end_the_run(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve(lambda call: status(500, "out of order"))
    many = requests * 3
    got: list[Reply] = []
    with pytest.raises(UpstreamError, match=r"20 requests in a row.*out of order"):
        got.extend(generate(server, concurrency=2).replies(many))
    # Of twenty requests, with ten retries and a tenth more.
    assert 20 <= len(server.asked) <= 20 + 10 + 3 + 2


def test_retries_add_a_tenth_to_the_load_at_most(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    many = requests * 20
    server = serve(lambda call: status(502) if call.number % 3 == 0 else FINE)
    replies = list(generate(server, concurrency=4).replies(many))
    assert len(replies) == len(many)
    failed = sum(each.error is not None for each in replies)
    assert 0 < failed < len(many) / 3
    assert len(server.asked) <= len(many) * 1.1 + 10


def test_a_rate_limit_is_waited_out_and_nothing_fails(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    """More is put off than the budget of retries would allow, for being put off is no failure."""
    many = requests * 8

    def behave(call: Call) -> Act:
        return status(429) if call.number % 3 == 0 else FINE

    server = serve(behave)
    replies = list(generate(server).replies(many))
    assert len(replies) == len(many)
    assert not any(each.error for each in replies)
    put_off = sum(call.number % 3 == 0 for call in server.asked)
    assert len(server.asked) == len(many) + put_off
    assert put_off > len(many) / 10 + 10


@pytest.mark.parametrize("act", [HANG, completion("{}" * 200, manner="drip")])
def test_a_call_that_does_not_end_is_given_up(
    serve: Serve, generate: Generate, requests: list[Request], request_of: RequestOf, act: Act
) -> None:
    few = requests[:6]
    slow = few[2].id
    server = serve(lambda call: act if request_of(call).id == slow else FINE)
    replies = {each.id: each for each in generate(server, deadline=0.5).replies(few)}
    assert len(replies) == len(few)
    error = replies[slow].error
    assert error is not None
    assert "no complete answer within" in error
    assert not any(each.error for each in replies.values() if each.id != slow)


def test_a_server_that_is_not_there_is_said_to_be_so(
    generate: Generate, requests: list[Request]
) -> None:
    with FakeServer(lambda call: FINE) as server:
        generator = generate(server)
    with pytest.raises(UpstreamError, match="connection failed"):
        list(generator.replies(requests))


def test_each_reply_comes_as_soon_as_it_is_there(
    serve: Serve, generate: Generate, requests: list[Request], request_of: RequestOf
) -> None:
    few = requests[:3]
    server = serve(lambda call: HANG if request_of(call).id == few[0].id else FINE)
    with closing(generate(server).replies(few)) as replies:
        assert {next(replies).id, next(replies).id} == {few[1].id, few[2].id}


def test_no_requests_make_no_call(serve: Serve, generate: Generate) -> None:
    server = serve()
    assert not list(generate(server).replies([]))
    assert not server.calls


def test_seeds_follow_from_the_run_and_the_request(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    def seeds(**options: int) -> set[int]:
        server = serve()
        list(generate(server, **options).replies(requests))
        assert {call.body["temperature"] for call in server.asked} == {1}
        assert {call.body["max_tokens"] for call in server.asked} == {8000}
        return {call.body["seed"] for call in server.asked}

    first = seeds(seed=0, concurrency=1)
    assert len(first) == len(requests)
    assert seeds(seed=0, concurrency=8) == first
    assert not seeds(seed=1) & first
