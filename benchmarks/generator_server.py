"""A chat endpoint that answers every call alike, as fast as Python can or after a fixed time.

Run as `python -m benchmarks.generator_server LATENCY_MS`; prints the port it listens on and serves
until its standard input ends. Understands just enough HTTP to be called by a well-behaved client.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count

__all__ = ["main"]

_ITEM = {"prompt": "What is in the box? " * 6, "response": "It is a blue box, nothing more. " * 8}
_TEXT = json.dumps({"examples": [_ITEM] * 3})
_LENGTH = b"content-length:"


def _response(number: int) -> bytes:
    message = {"role": "assistant", "content": f"{_TEXT} {number}"}
    body = json.dumps(
        {
            "id": f"chat-{number}",
            "object": "chat.completion",
            "created": 1,
            "model": "fast",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 750, "completion_tokens": 350, "total_tokens": 1100},
        }
    ).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


class _Connection(asyncio.Protocol):
    """One kept-alive connection: for each complete call one answer, after the latency."""

    def __init__(self, latency: float, numbers: count[int]) -> None:
        self._latency, self._numbers = latency, numbers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            _, _, after = head.partition(_LENGTH)
            total = end + 4 + int(after.split(b"\r\n", 1)[0])
            if len(self._received) < total:
                return
            self._received = self._received[total:]
            self._answer(_response(next(self._numbers)))

    def _answer(self, response: bytes) -> None:
        if not self._latency:
            self._transport.write(response)
            return
        asyncio.get_running_loop().call_later(self._latency, self._transport.write, response)


async def _serve(latency: float) -> None:
    loop, numbers = asyncio.get_running_loop(), count()
    server = await loop.create_server(
        lambda: _Connection(latency, numbers), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        # The parent closes the pipe when it is done, also when it dies.
        await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve with the latency given in milliseconds."""
    asyncio.run(_serve(float(sys.argv[1]) / 1000))


if __name__ == "__main__":
    main()
