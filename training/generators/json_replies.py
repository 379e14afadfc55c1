"""Finding the one JSON object in a reply, or saying why there is none.

Takes the reply's text; a markdown fence or prose around the object is no obstacle as long as there
is exactly one object to find. Knows nothing about slots, fields or labels.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["Unreadable", "json_object"]

_FENCED = re.compile(r"```[\w-]*[ \t]*\n(.*)\n[ \t]*```", re.DOTALL)
_REFUSAL = re.compile(
    r"\b(i\s*['\u2019]?\s*m\s+(very\s+|really\s+|so\s+)?(sorry|unable|not\s+(able|comfortable|going))"
    r"|i\s+apologi[sz]e|my\s+apologies|as\s+an?\s+(ai|language\s+model)"
    r"|(i|we)\s+(can\s*['\u2019]?t|can\s?not|won\s*['\u2019]?t|will\s+not|must\s+(decline|refuse)"
    r"|(am|are)\s+(unable|not\s+able)|decline|refuse|do\s+not\s+feel|don\s*['\u2019]t\s+feel)"
    r"|unable\s+to\s+(help|assist|comply|provide|create|write)"
    r"|against\s+my\s+(guidelines|policy|policies|programming))",
    re.IGNORECASE,
)
_REFUSAL_WITHIN = 300
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|["{}\[\]]', re.DOTALL)
_MAX_CANDIDATES = 64


class Unreadable(Exception):
    """A reply or an item cannot be read; never leaves this room."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def json_object(text: str, finish_reason: str | None) -> dict[str, Any]:
    """The single JSON object of a reply.

    A reply that was cut by its length limit but holds the complete object is read all the same.

    Raises:
        Unreadable: `empty reply`, `refused`, `truncated`, `not JSON` or `wrong shape`.
    """
    text = text.strip().removeprefix("\ufeff")
    if finish_reason in ("refusal", "content_filter"):
        raise Unreadable("refused", text[:200])
    if not text:
        raise Unreadable("truncated" if finish_reason == "length" else "empty reply")
    fenced = _FENCED.fullmatch(text)
    found = _objects(fenced[1] if fenced else text)
    if isinstance(found, dict):
        return found
    if found == "cut" or (finish_reason == "length" and found != "several"):
        raise Unreadable("truncated", text[-200:])
    if found == "several":
        raise Unreadable("wrong shape", "more than one JSON value")
    if _REFUSAL.search(text[:_REFUSAL_WITHIN]):
        raise Unreadable("refused", text[:200])
    raise Unreadable("not JSON", text[:200])


def _objects(text: str) -> dict[str, Any] | str:
    """The only object in `text`, or `cut`, `several` or `none`."""
    whole = _decoded(text.strip(), 0)
    if whole is not None and not isinstance(whole[0], dict) and whole[1] == len(text.strip()):
        return "several" if isinstance(whole[0], list) else "none"
    found: dict[str, Any] | None = None
    position = text.find("{")
    for _ in range(_MAX_CANDIDATES):
        if position < 0:
            return "none" if found is None else found
        decoded = _decoded(text, position)
        if decoded is None:
            # What looks like an object inside a broken one is a part of it, not the reply.
            if found is None and _starts_object(text, position):
                return "cut" if _opens_more_than_it_closes(text[position:]) else "none"
            position = text.find("{", position + 1)
            continue
        if found is not None:
            return "several"
        found = decoded[0]
        position = text.find("{", decoded[1])
    return "none"


def _decoded(text: str, position: int) -> tuple[Any, int] | None:
    decoder = json.JSONDecoder(object_pairs_hook=_unique, strict=False)
    try:
        return decoder.raw_decode(text, position)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise Unreadable("wrong shape", "a key appears twice in one object")
    return value


def _starts_object(text: str, position: int) -> bool:
    return text[position + 1 :].lstrip()[:1] in ('"', "")


def _opens_more_than_it_closes(text: str) -> bool:
    depth = 0
    for token in _STRING_OR_BRACKET.findall(text):
        if token == '"':
            return True
        depth += (token in "{[") - (token in "}]")
    return depth > 0
