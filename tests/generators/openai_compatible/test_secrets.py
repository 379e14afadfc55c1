"""The key is sent to its own server and shows nowhere else."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

from gatewright.constitution import Constitution
from gatewright.errors import InputError, UpstreamError
from gatewright.training.generators import Journal, Request, open_generator
from gatewright.training.generators.openai_compatible.endpoint import find_endpoint
from gatewright.training.slots import Slot
from gatewright.training.synthesis import store, synthesize

from .conftest import Generate, Serve
from .fake_server import Act, Call, FakeServer, completion, status

KEY = "sk-secret-0123456789"


def quoting(call: Call) -> Act:
    """Errors and answers that quote the key back."""
    if call.number % 3 == 0:
        return status(400, f"bad key {call.headers['authorization']}")
    return completion(f"your key is {KEY}")


def test_the_key_is_in_nothing_that_stays(
    serve: Serve,
    generate: Generate,
    constitution: Constitution,
    slots: list[Slot],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(quoting)
    said: list[str] = []
    generator = generate(server, key=KEY, say=said.append)
    folder = tmp_path / "run"
    with Journal(folder / "replies.sqlite") as journal:
        result = synthesize(constitution, generator, slots=slots, journal=journal)
        store(result, folder)
    assert {call.headers["authorization"] for call in server.calls} == {f"Bearer {KEY}"}
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    shown = [repr(generator), repr(result), str(said), caplog.text, *capfd.readouterr()]
    shown += [str(vars(record)) for record in caplog.records]
    assert len(kept) >= 3
    assert not any(KEY.encode() in each for each in kept)
    assert not any(KEY in each for each in shown)


def test_the_key_is_in_no_error(serve: Serve, generate: Generate, requests: list[Request]) -> None:
    server = serve(lambda call: status(401, f"{KEY} is wrong"))
    with pytest.raises(UpstreamError) as caught:
        list(generate(server, key=KEY).replies(requests))
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert "[key] is wrong" in str(caught.value)


def test_a_redirect_does_not_take_the_key_along(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    other = serve()
    server = serve(lambda call: status(308, location=f"{other.url}/chat/completions"))
    with pytest.raises(UpstreamError, match="another address"):
        list(generate(server, key=KEY).replies(requests))
    assert not other.calls


def test_another_key_of_the_environment_is_not_sent(
    serve: Serve,
    constitution: Constitution,
    requests: list[Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
    server = serve()
    _ask_all(server, constitution, requests)
    assert not any(KEY in str(call.headers) for call in server.calls)


def test_little_is_told_about_this_machine(
    serve: Serve, generate: Generate, requests: list[Request]
) -> None:
    server = serve()
    list(generate(server).replies(requests))
    told = {name for name in server.asked[0].headers if name.startswith("x-stainless")}
    assert told <= {"x-stainless-retry-count", "x-stainless-read-timeout"}


def _ask_all(server: FakeServer, constitution: Constitution, requests: list[Request]) -> None:
    generator = open_generator(
        f"openai:fake@{server.url}", constitution=constitution, policy=Path("p.md"), seed=0
    )
    assert (generator.name, generator.model) == ("openai", "fake")
    assert len(list(generator.replies(requests))) == len(requests)


def test_model_address_and_key_are_found() -> None:
    found = find_endpoint("m", {"OPENAI_API_KEY": f" {KEY}\n"})
    assert (found.model, found.base_url) == ("m", "https://api.openai.com/v1")
    assert found.key == KEY
    assert KEY not in f"{found!r} {found}"
    local = find_endpoint("org/m@main@http://[::1]:8000/v1/", {})
    assert (local.model, local.base_url) == ("org/m@main", "http://[::1]:8000/v1")
    assert not local.official
    assert find_endpoint("@cf/m", {"OPENAI_BASE_URL": "https://h/v1"}).base_url == "https://h/v1"


def test_a_key_in_the_clear_is_noticed() -> None:
    key = {"OPENAI_API_KEY": KEY}
    assert find_endpoint("m@http://192.0.2.1/v1", key).exposes_key
    assert not find_endpoint("m@http://127.0.0.1/v1", key).exposes_key
    assert not find_endpoint("m@https://192.0.2.1/v1", key).exposes_key
    assert not find_endpoint("m@http://192.0.2.1/v1", {}).exposes_key


@pytest.mark.parametrize(
    ("argument", "environment", "sentence"),
    [
        ("", {}, "openai needs a model"),
        ("@http://h/v1", {}, "openai needs a model"),
        ("m", {}, "export OPENAI_API_KEY"),
        ("m@https://api.openai.com/v1", {}, "export OPENAI_API_KEY"),
        ("m@localhost:8000/v1", {}, "m@http://localhost:8000/v1"),
        ("m@http://", {}, "no base URL"),
        ("m@http://h:port/v1", {}, "not an address"),
        ("m@http://me:hidden-word@h/v1", {}, "end up in logs"),
        ("m@http://h/v1?key=hidden-word", {}, "end up in logs"),
        ("m", {"OPENAI_BASE_URL": "ftp://h"}, "no base URL"),
        ("m", {"OPENAI_API_KEY": "hidden-word\nx"}, "without line breaks"),
        ("m", {"OPENAI_API_KEY": "hidden-word\u2026"}, "without line breaks"),
    ],
)
def test_what_is_wrong_with_the_argument_is_said(
    argument: str, environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        find_endpoint(argument, environment)
    assert "hidden-word" not in str(caught.value)
