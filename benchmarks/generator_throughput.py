"""How fast the openai generator asks: `python -m benchmarks.generator_throughput`.

Three figures, each the median of three repeats, against a server in a process of its own on this
machine: the share of the ideal throughput at exactly 200 ms a call, which keeps all calls in step
and so is the worst case, beside that of a bare aiohttp client which only sends and reads JSON, what
this machine allows at best; calls a second when the server answers at once; and the memory that
18,000 further requests cost. The two calls of the probe are made beforehand; opening the client and
its connections is counted. Needs two idle cores, one for each process: look at the load it writes
down.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from gatewright.artefacts import write_json
from gatewright.training.generators.openai_compatible import OpenAICompatible
from gatewright.training.generators.openai_compatible.endpoint import Endpoint
from gatewright.training.generators.records import Request

__all__ = ["main"]

RESULT = Path(__file__).parent / "results" / "throughput" / "generator.json"
REPEATS = 3
LATENCY_S = 0.2
AT_ONCE = (32, 128, 256)
WAVES = 48
CALLS = 4000
FROM, TO = 2_000, 20_000
_PROMPT = "Write three texts of the kind described, each with the verdict that was asked for. " * 18
_TEXT = {"type": "string"}
_ITEM = {"type": "object", "properties": {"prompt": _TEXT, "response": _TEXT}}
_SCHEMA = {"type": "object", "properties": {"examples": {"type": "array", "items": _ITEM}}}


def main() -> int:
    """Measure, print, and write the result file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator_throughput")
    parser.add_argument("--out", type=Path, default=RESULT, help="result file")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    load = os.getloadavg()
    with _server(0) as instant:
        memory = _repeated(lambda: _growth(instant), asked.repeats)
        speed = _repeated(lambda: _calls_a_second(instant), asked.repeats)
    with _server(LATENCY_S) as slow:
        shares = {
            str(at_once): _repeated(partial(_share, slow, at_once), asked.repeats)
            for at_once in AT_ONCE
        }
        bare = {
            str(at_once): _repeated(partial(_bare_share, slow, at_once), asked.repeats)
            for at_once in AT_ONCE
        }
    found = {
        "share_of_ideal": {
            "goal": 0.95,
            "latency_s": LATENCY_S,
            "by_calls_at_once": shares,
            "bare_client": bare,
        },
        "calls_a_second": {**speed, "goal": 1000, "at_once": 32},
        "rss_growth_mb": {**memory, "from_request": FROM, "to_request": TO},
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": load,
            "load_after": os.getloadavg(),
        },
    }
    write_json(asked.out, found)
    for name in ("share_of_ideal", "calls_a_second", "rss_growth_mb"):
        print(name, found[name])
    return 0


def _repeated(measure: Callable[[], float], times: int) -> dict[str, Any]:
    repeats = [round(measure(), 3) for _ in range(times)]
    return {"median": statistics.median(repeats), "repeats": repeats}


@contextmanager
def _server(latency: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.generator_server", str(latency * 1000)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield f"http://127.0.0.1:{port}/v1"
        process.stdin.close()


def _share(url: str, at_once: int) -> float:
    """Of the calls a second that so many callers could make who lose no time at all."""
    requests = _requests(at_once * WAVES)
    generator = _ready(url, at_once)
    return WAVES * LATENCY_S / _seconds(generator, requests)


def _bare_share(url: str, at_once: int) -> float:
    """The same for a client that sends and reads JSON, and does nothing else."""
    requests = _requests(at_once * WAVES)
    begun = time.perf_counter()
    asyncio.run(_asked_bare(url, requests, at_once))
    return WAVES * LATENCY_S / (time.perf_counter() - begun)


async def _asked_bare(url: str, requests: Sequence[Request], at_once: int) -> None:
    line = iter(requests)
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(_ask_bare(session, f"{url}/chat/completions", line))


async def _ask_bare(session: aiohttp.ClientSession, url: str, line: Iterator[Request]) -> None:
    for request in line:
        body = {"model": "fast", "messages": request.messages, "response_format": request.schema}
        async with session.post(url, json=body) as response:
            json.loads(await response.read())


def _calls_a_second(url: str) -> float:
    return CALLS / _seconds(_ready(url, 32), _requests(CALLS))


def _growth(url: str) -> float:
    """Megabytes that the process grew between two requests of one run."""
    requests = _requests(TO)
    process, sizes = psutil.Process(), {}
    for number, _ in enumerate(_ready(url, 32).replies(requests), 1):
        if number in (FROM, TO):
            sizes[number] = process.memory_info().rss
    return float(sizes[TO] - sizes[FROM]) / 1e6


def _ready(url: str, concurrency: int) -> OpenAICompatible:
    """A generator that has made its probe."""
    endpoint = Endpoint("fast", url, "none")
    generator = OpenAICompatible(endpoint, concurrency=concurrency)
    _seconds(generator, _requests(1))
    return generator


def _seconds(generator: OpenAICompatible, requests: Sequence[Request]) -> float:
    begun = time.perf_counter()
    answered = sum(reply.error is None for reply in generator.replies(requests))
    seconds = time.perf_counter() - begun
    if answered != len(requests):
        raise RuntimeError(f"{len(requests) - answered} of {len(requests)} requests failed")
    return seconds


def _requests(number: int) -> list[Request]:
    return [
        Request(
            id=f"{each:016x}",
            role="writer",
            messages=(
                {"role": "system", "content": _PROMPT},
                {"role": "user", "content": f"{_PROMPT} {each}"},
            ),
            schema=_SCHEMA,
            constitution="c",
            clause_digest="k",
            template_digest="t",
        )
        for each in range(number)
    ]


if __name__ == "__main__":
    sys.exit(main())
