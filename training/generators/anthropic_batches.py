"""Batch files in the format of Anthropic's Message Batches.

One JSON object a line, each an element of the list that the API takes as `requests`
(https://platform.claude.com/docs/en/build-with-claude/batch-processing), at most 100,000 of them
and 256 MB in one call. To hand a file in, and to fetch the replies once it has ended:

    jq --slurp '{requests: .}' requests.jsonl |
      curl https://api.anthropic.com/v1/messages/batches --data-binary @- \\
        -H "x-api-key: $ANTHROPIC_API_KEY" -H "anthropic-version: 2023-06-01" \\
        -H "content-type: application/json"
    curl https://api.anthropic.com/v1/messages/batches/ID/results > replies.jsonl \\
        -H "x-api-key: $ANTHROPIC_API_KEY" -H "anthropic-version: 2023-06-01"

No temperature is sent: newer models refuse one, and 1 is what all of them use without. The
schema goes in as `output_config`, which models from Claude 4.5 on take. Knows nothing about files,
duplicates or other formats, which are `batches`' business.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from gatewright.training.generators.batches import GENERATOR, BatchFormat, failed
from gatewright.training.generators.records import Reply, Request

__all__ = ["FORMAT", "custom_id_of"]

_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_OTHER = re.compile(r"[^a-zA-Z0-9_-]+")
_DIGITS = 32
_FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}


def custom_id_of(request: str) -> str:
    """A request's id as the API allows it: letters, digits, `_` and `-`, at most 64 of them.

    Any other id keeps what can be kept of it, for people to recognise, and ends in its digest, so
    that no two ids become one. The way back is by the known ids.
    """
    if _CUSTOM_ID.fullmatch(request):
        return request
    sha = hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{_OTHER.sub('-', request)[: 63 - _DIGITS]}-{sha}"


def _line(request: Request, model: str, max_tokens: int) -> dict[str, Any]:
    system = [each["content"] for each in request.messages if each["role"] == "system"]
    return {
        "params": {
            "model": model,
            "max_tokens": max_tokens,
            **({"system": "\n\n".join(system)} if system else {}),
            "messages": [dict(each) for each in request.messages if each["role"] != "system"],
            "output_config": {"format": {"type": "json_schema", "schema": dict(request.schema)}},
        }
    }


def _is_reply(row: Mapping[str, Any]) -> bool:
    return "result" in row


def _reply(row: Mapping[str, Any]) -> Reply:
    custom_id, result = row["custom_id"], row["result"]
    kind = result.get("type") if isinstance(result, dict) else None
    if kind != "succeeded":
        return failed(custom_id, _failure(kind, result))
    message = result.get("message")
    try:
        blocks, reason, model = message["content"], message.get("stop_reason"), message.get("model")
        texts = [str(each["text"]) for each in blocks if each["type"] == "text"]
    except (KeyError, TypeError, AttributeError):
        return failed(custom_id, "the message has no content")
    return Reply(
        id=custom_id,
        text="".join(texts),
        finish_reason=reason and _FINISH_REASONS.get(str(reason), str(reason)),
        model=str(model or ""),
        generator=GENERATOR,
    )


def _failure(kind: object, result: Any) -> str:
    if kind == "canceled":
        return "the batch was canceled before this request was answered"
    if kind == "expired":
        return "the batch expired before this request was answered; hand it out again"
    problem = result.get("error") if isinstance(result, dict) else result
    return f"provider error: {json.dumps(problem)[:300]}"


FORMAT = BatchFormat(
    line=_line,
    custom_id=custom_id_of,
    is_reply=_is_reply,
    reply=_reply,
    example='{"custom_id": "...", "result": {"type": "succeeded", "message": {"content": [...]}}}',
)
