"""The openai generator against a real server: `transformers serve` with a tiny random model.

The server ignores what it is asked about formats, and random weights write no JSON, so that nothing
is kept; that all of it is noticed and accounted for is what is tested.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from gatewright.constitution import Constitution
from gatewright.errors import UpstreamError
from gatewright.training.generators import Journal
from gatewright.training.generators.openai_compatible import open_generator
from gatewright.training.slots import Slot
from gatewright.training.synthesis import synthesize

pytestmark = pytest.mark.slow

SECONDS_TO_START = 120


@pytest.fixture(scope="module")
def model(build_chat_model: Callable[..., Path]) -> Path:
    """A model that ends at random, after some hundred tokens, and is sampled from."""
    folder = build_chat_model(spread=0.02, name="tiny-served")
    settings = folder / "generation_config.json"
    # The temperature in a request is not enough for this server to sample.
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "do_sample": True}))
    return folder


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`http://HOST:PORT` of a server that is up."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home")}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(20)
        server.kill()
        server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


def test_replies_arrive_and_all_of_them_are_accounted_for(
    model: Path, address: str, constitution: Constitution, slots: list[Slot], journal: Journal
) -> None:
    some = slots[:4]
    said: list[str] = []
    generator = open_generator(
        f"{model}@{address}/v1",
        constitution=constitution,
        policy=Path("p.md"),
        seed=0,
        concurrency=2,
        max_output_tokens=1500,
        say=said.append,
    )
    result = synthesize(constitution, generator, slots=some, journal=journal)

    assert any("holds answers to no format" in line for line in said), said
    assert any("vary" in line for line in said), said
    counts = result.counts
    assert counts["planned"] == counts["answered"] == len(some)
    assert counts["unanswered"] == counts["failed"] == 0
    assert not result.kept
    assert {each.source["slot"] for each in result.dropped} == {slot.id for slot in some}
    assert {each.reason for each in result.dropped} <= {"not JSON", "truncated", "wrong shape"}
    assert generator.calls >= len(some) + 2
    assert len(journal.answers(generator="openai", model=generator.model)) == len(some)
    assert len({answer.reply.text for answer in result.answers}) == len(some)
    asked = generator.calls
    again = synthesize(constitution, generator, slots=some, journal=journal)
    assert generator.calls == asked
    assert again.counts == counts


def test_a_model_the_server_does_not_have_stops_the_run(
    address: str, constitution: Constitution, slots: list[Slot], journal: Journal
) -> None:
    generator = open_generator(
        f"another@{address}/v1", constitution=constitution, policy=Path("p.md"), seed=0
    )
    with pytest.raises(UpstreamError, match="pinned"):
        synthesize(constitution, generator, slots=slots, journal=journal)
    assert not journal.answers(generator="openai", model="another")
