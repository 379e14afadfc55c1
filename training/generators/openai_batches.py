"""Batch files in OpenAI's format, which most providers and vLLM's `run-batch` take.

One JSON object a line (https://platform.openai.com/docs/guides/batch): a `custom_id` and the body
of a chat completion; replies carry the same `custom_id`. Knows nothing about files, duplicates or
other formats, which are `batches`' business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gatewright.training.generators.batches import GENERATOR, BatchFormat, failed
from gatewright.training.generators.records import Reply, Request

__all__ = ["FORMAT"]


def _line(request: Request, model: str, max_tokens: int) -> dict[str, Any]:
    schema = {"name": "examples", "strict": True, "schema": dict(request.schema)}
    return {
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": model,
            "messages": [dict(each) for each in request.messages],
            "response_format": {"type": "json_schema", "json_schema": schema},
            "temperature": 1.0,
            "max_tokens": max_tokens,
        },
    }


def _is_reply(row: Mapping[str, Any]) -> bool:
    return "response" in row or "error" in row


def _reply(row: Mapping[str, Any]) -> Reply:
    custom_id, response, failure = row["custom_id"], row.get("response"), row.get("error")
    if failure is not None or not isinstance(response, dict):
        return failed(custom_id, f"provider error: {json.dumps(failure)[:300]}")
    body, status = response.get("body"), response.get("status_code", 200)
    if status != 200:
        return failed(custom_id, f"HTTP status {status}: {json.dumps(body)[:300]}")
    try:
        choice, model = body["choices"][0], body.get("model")  # type: ignore[index,union-attr]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
    except (KeyError, IndexError, TypeError, AttributeError):
        return failed(custom_id, "the response has no choices")
    reason = choice.get("finish_reason")
    return Reply(
        id=custom_id,
        text=str(content or refusal or ""),
        finish_reason="refusal" if refusal and not content else reason and str(reason),
        model=str(model or ""),
        generator=GENERATOR,
    )


FORMAT = BatchFormat(
    line=_line,
    custom_id=str,
    is_reply=_is_reply,
    reply=_reply,
    example='{"custom_id": "...", "response": {"status_code": 200, "body": {"choices": [...]}}}',
)
