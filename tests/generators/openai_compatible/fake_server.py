"""A chat endpoint on this machine that fails on request.

A plain HTTP/1.1 server on asyncio in a thread of its own. What it answers is decided by a function
from the call to an act: a completion, a status, or a fault of the connection. The generator's probe
is answered by the server itself, according to which formats it honours and which it rejects.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from gatewright.training.generators.openai_compatible.probing import PROBE_MESSAGES, PROBE_SCHEMA

__all__ = ["HANG", "RESET", "Act", "Call", "FakeServer", "completion", "status", "usual_format"]


@dataclass(frozen=True, slots=True)
class Call:
    """What came in."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def format(self) -> str:
        """`json_schema`, `json_object with schema`, `json_object` or `plain`."""
        return usual_format(self.body)

    @property
    def is_probe(self) -> bool:
        return self.body.get("messages") == list(PROBE_MESSAGES)


@dataclass(frozen=True, slots=True)
class Act:
    """What to do about it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Literal["whole", "drip", "reset", "hang", "cut"] = "whole"
    """`drip`: a byte every 20 ms; `reset`: no answer, connection aborted; `hang`: silence;
    `cut`: half of the body, then the end."""


RESET = Act(manner="reset")
HANG = Act(manner="hang")
Behaviour = Callable[[Call], Act]


def completion(
    text: str | None,
    *,
    finish_reason: str | None = "stop",
    manner: Literal["whole", "drip", "cut"] = "whole",
    tokens: int | None = 100,
    **message: Any,
) -> Act:
    """A chat completion that says `text`."""
    choice = {"message": {"role": "assistant", "content": text, **message}}
    body: dict[str, Any] = {
        "model": "fake-2026",
        "choices": [{**choice, "finish_reason": finish_reason}],
    }
    if tokens is not None:
        body |= {"usage": {"total_tokens": tokens}}
    return Act(body=json.dumps(body).encode(), manner=manner)


def status(code: int, message: str = "no", *, code_name: str = "", **headers: str) -> Act:
    """An error, with headers such as `retry_after="1"`."""
    body = {"error": {"message": message, "code": code_name or None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Act(code, json.dumps(body).encode(), named)


def usual_format(body: Mapping[str, Any]) -> str:
    """Which way of asking for JSON the body of a call uses."""
    wanted = body.get("response_format", {"type": "plain"})
    return f"{wanted['type']} with schema" if "schema" in wanted else str(wanted["type"])


class FakeServer:
    """The server; a context manager. `calls` grows as they come in, the probe's included."""

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        honours: tuple[str, ...] = ("json_schema", "json_object with schema", "json_object"),
        rejects: Mapping[str, int] | None = None,
        greedy: bool = False,
        probe: Behaviour | None = None,
    ) -> None:
        self.behaviour = behaviour
        self.calls: list[Call] = []
        self.connections = 0
        """Open at this moment."""
        self._honours, self._rejects, self._greedy = honours, rejects or {}, greedy
        self._probe = probe or self._probed
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def asked(self) -> list[Call]:
        """The calls that were no probe."""
        return [call for call in self.calls if not call.is_probe]

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in self._tasks:
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while (call := await self._read(reader)) is not None:
                act = self._probe(call) if call.is_probe else self.behaviour(call)
                if not await _perform(act, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.connections -= 1
            self._tasks.discard(task)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Call | None:
        first = await reader.readline()
        if not first:
            return None
        headers: dict[str, str] = {}
        while (line := (await reader.readline()).decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        call = Call(len(self.calls), first.split()[1].decode(), headers, json.loads(body or b"{}"))
        self.calls.append(call)
        return call

    def _probed(self, call: Call) -> Act:
        if (code := self._rejects.get(call.format)) is not None:
            return status(code, "this response_format is not supported")
        vary = 0 if self._greedy else call.number
        if call.format not in self._honours:
            return completion(f"Certainly! A heron sings, and {vary} spoons dance.")
        keys = PROBE_SCHEMA["properties"] if "schema" in call.format else ["anything"]
        return completion(json.dumps(dict.fromkeys(keys, f"A heron sings {vary}.")))


async def _perform(act: Act, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Do it; whether the connection is still of use."""
    if act.manner == "reset":
        writer.transport.abort()
        return False
    if act.manner == "hang":
        await reader.read()  # until the other side goes away
        return False
    headers = {"content-type": "application/json", **act.headers}
    lines = [f"HTTP/1.1 {act.status} x", f"content-length: {len(act.body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    if act.manner == "whole":
        writer.write(act.body)
        await writer.drain()
        return True
    if act.manner == "cut":
        writer.write(act.body[: len(act.body) // 2])
        await writer.drain()
        return False
    for byte in act.body:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)
    return True
