"""Batch files in OpenAI's format: requests to hand in, replies to read back.

One JSON object a line (https://platform.openai.com/docs/guides/batch). Replies may come in any
order, in several files, in part, twice, or with a damaged last line: each such thing is counted.
Another provider's format is one more module with the same two functions. Knows nothing about the
journal or how a reply's text is read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatewright.artefacts import replaced
from gatewright.errors import InputError
from gatewright.training.generators.records import Reply, Request

__all__ = ["GENERATOR", "BatchReplies", "read_batch", "write_batch"]

GENERATOR = "batch"
"""The generator named in replies read from a batch file."""

_MAX_LINE = 16 << 20


@dataclass(frozen=True, slots=True)
class BatchReplies:
    """What a file of replies held."""

    replies: Sequence[Reply]
    """The first usable reply to each known request; `error` is set where the provider failed."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Lines not among the replies: `duplicate`, `unknown custom_id`, `damaged line`."""


def write_batch(
    path: Path, requests: Iterable[Request], *, model: str, max_tokens: int = 8000
) -> int:
    """Write one line a request, `custom_id` being the request's id, and return how many.

    Raises:
        EnvironmentProblem: the file cannot be written.
    """
    written = 0
    with replaced(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for request in requests:
            line = {
                "custom_id": request.id,
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": _body(request, model, max_tokens),
            }
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
            written += 1
    return written


def read_batch(path: Path, known: Iterable[str]) -> BatchReplies:
    """Read a provider's replies to the requests whose ids are `known`.

    Of several lines for one request the first that holds an answer counts.

    Raises:
        InputError: there is no such file, or no line of it is a batch reply.
    """
    wanted = frozenset(known)
    replies: dict[str, Reply] = {}
    counts: Counter[str] = Counter()
    for line in _lines(path):
        reply = _reply(line)
        if reply is None:
            counts["damaged line"] += 1
        elif reply.id not in wanted:
            counts["unknown custom_id"] += 1
        elif reply.id in replies and (reply.error or not replies[reply.id].error):
            counts["duplicate"] += 1
        else:
            counts["duplicate"] += reply.id in replies
            replies[reply.id] = reply
    if not replies and counts["damaged line"] and not counts["unknown custom_id"]:
        raise InputError(
            f"{path} holds no batch replies; expected lines like "
            '{"custom_id": "...", "response": {"status_code": 200, "body": {"choices": [...]}}}'
        )
    return BatchReplies(tuple(replies.values()), {k: n for k, n in counts.items() if n})


def _body(request: Request, model: str, max_tokens: int) -> dict[str, Any]:
    schema = {"name": "examples", "strict": True, "schema": dict(request.schema)}
    return {
        "model": model,
        "messages": [dict(each) for each in request.messages],
        "response_format": {"type": "json_schema", "json_schema": schema},
        "temperature": 1.0,
        "max_tokens": max_tokens,
    }


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while line := file.readline(_MAX_LINE):
                if line.strip():
                    yield line
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _reply(line: bytes) -> Reply | None:
    """The reply of one line, or None if it is not a batch reply."""
    try:
        row = json.loads(line)
        custom_id, response, failure = row["custom_id"], row.get("response"), row.get("error")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(custom_id, str):
        return None
    if failure is not None or not isinstance(response, dict):
        return _failed(custom_id, f"provider error: {json.dumps(failure)[:300]}")
    body, status = response.get("body"), response.get("status_code", 200)
    if status != 200:
        return _failed(custom_id, f"HTTP status {status}: {json.dumps(body)[:300]}")
    try:
        choice, model = body["choices"][0], body.get("model")  # type: ignore[index,union-attr]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
    except (KeyError, IndexError, TypeError, AttributeError):
        return _failed(custom_id, "the response has no choices")
    reason = choice.get("finish_reason")
    return Reply(
        id=custom_id,
        text=str(content or refusal or ""),
        finish_reason="refusal" if refusal and not content else reason and str(reason),
        model=str(model or ""),
        generator=GENERATOR,
    )


def _failed(custom_id: str, error: str) -> Reply:
    return Reply(
        id=custom_id, text="", finish_reason=None, model="", generator=GENERATOR, error=error
    )
