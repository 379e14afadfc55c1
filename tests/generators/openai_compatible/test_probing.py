"""What the first calls find out about a server, and what is said of it."""

from __future__ import annotations

import json

import pytest

from gatewright.errors import UpstreamError
from gatewright.training.generators import Request

from .conftest import Generate, Serve
from .fake_server import Act, Call, FakeServer, completion, status, usual_format

ALL = ("json_schema", "json_object with schema", "json_object")


def run(generate: Generate, server: FakeServer, requests: list[Request]) -> list[str]:
    """Ask, and give what was said."""
    said: list[str] = []
    replies = list(generate(server, say=said.append).replies(requests))
    assert len(replies) == len(requests)
    return said


def test_a_good_server_costs_two_calls(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve()
    said = run(generate, server, requests)
    assert said == [
        "probe: answers follow the JSON schema (response_format json_schema)",
        "probe: answers vary at temperature 1",
    ]
    assert len(server.calls) == 2 + len(requests)
    assert {call.format for call in server.asked} == {"json_schema"}
    wanted = server.asked[0].body["response_format"]["json_schema"]
    assert wanted["strict"] is True
    assert wanted["schema"] in [dict(each.schema) for each in requests]


@pytest.mark.parametrize("code", [400, 422, 500])
@pytest.mark.parametrize(
    ("rejected", "used"),
    [(1, "json_object with schema"), (2, "json_object"), (3, "plain")],
)
def test_a_format_that_is_rejected_gives_way_to_the_next(
    serve: Serve, generate: Generate, requests: list[Request], rejected: int, used: str, code: int
) -> None:
    rejects = dict.fromkeys(ALL[:rejected], code)
    server = serve(rejects=rejects, honours=ALL[rejected:])
    run(generate, server, requests)
    assert {call.format for call in server.asked} == {used}


@pytest.mark.parametrize(
    ("honours", "used", "line"),
    [
        (("json_object",), "json_object", "follow no schema"),
        ((), "plain", "holds answers to no format"),
    ],
)
def test_a_format_that_is_ignored_gives_way_too(
    serve: Serve,
    generate: Generate,
    requests: list[Request],
    honours: tuple[str, ...],
    used: str,
    line: str,
) -> None:
    server = serve(honours=honours)
    said = run(generate, server, requests)
    assert {call.format for call in server.asked} == {used}
    assert line in said[0]


def test_greedy_sampling_is_noticed(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    said = run(generate, serve(greedy=True), requests)
    assert "decode greedily" in said[1]


@pytest.mark.parametrize(
    ("unknown", "complaint", "gone"),
    [
        ("max_tokens", "Use 'max_completion_tokens' instead of 'max_tokens'.", "max_tokens"),
        ("temperature", "Only the default temperature is supported", "temperature"),
        ("seed", "Unrecognised field: seed", "seed"),
        ("seed", "Bad request", "seed"),
    ],
)
def test_what_a_server_does_not_know_is_left_out(
    serve: Serve,
    generate: Generate,
    requests: list[Request],
    unknown: str,
    complaint: str,
    gone: str,
) -> None:
    def behave(call: Call) -> Act:
        if unknown in call.body:
            return status(400, complaint)
        return completion(json.dumps({"first_made_up": f"{call.number}", "second_made_up": ""}))

    server = serve(behave, probe=behave)
    run(generate, server, requests)
    assert not any(gone in call.body for call in server.asked)
    if unknown == "max_tokens":
        assert {call.body["max_completion_tokens"] for call in server.asked} == {8000}
    if complaint != "Bad request":
        assert {call.format for call in server.asked} == {"json_schema"}


def test_a_server_that_refuses_everything_ends_the_run(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve(probe=lambda call: status(400, "no chat today"))
    with pytest.raises(UpstreamError, match="no chat today"):
        run(generate, server, requests)
    assert not server.asked
    assert len(server.calls) < 8
    assert {usual_format(call.body) for call in server.calls} == {*ALL, "plain"}


def test_what_was_found_is_remembered(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve(honours=("json_object",))
    generator = generate(server)
    list(generator.replies(requests[:2]))
    probes = len(server.calls) - len(server.asked)
    list(generator.replies(requests[2:]))
    assert len(server.calls) == probes + len(requests)


def test_a_model_that_thinks_past_its_limit_is_not_mistaken(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    """An answer cut short says nothing about whether the schema would have been followed."""
    server = serve(probe=lambda call: completion(f"{call.number}", finish_reason="length"))
    run(generate, server, requests)
    assert {call.format for call in server.asked} == {"json_schema"}
