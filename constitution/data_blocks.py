"""Text from outside, marked as data inside a prompt.

Takes plain values; gives a block whose marks hold a nonce that no text contains, with `<` escaped,
so that nothing in them closes the block or passes for a chat model's control token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gatewright.artefacts import digest

__all__ = ["data_block", "nonce_for"]

_NONCE_LENGTH = 12


def data_block(texts: Sequence[Mapping[str, Any]], nonce: str) -> str:
    """The texts as one JSON value a line, between two marks with the nonce."""
    lines = [json.dumps(dict(each), ensure_ascii=False).replace("<", "\\u003c") for each in texts]
    return "\n".join([f"[data {nonce}]", *lines, f"[end of data {nonce}]"])


def nonce_for(content: Any) -> str:
    """Differs from call to call, is the same when the call is repeated, and is in no text."""
    text = json.dumps(content, ensure_ascii=False, default=str)
    attempt = 0
    while (nonce := digest([text, attempt])[:_NONCE_LENGTH]) in text:
        attempt += 1
    return nonce
