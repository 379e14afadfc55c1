"""Batch files: requests to hand to a provider, replies to read back, whatever the format.

A batch file holds one JSON object a line. Replies may come in any order, in several files, in
part, twice, or with a damaged last line: each such thing is counted. A format is a module of this
folder with a `FORMAT`, and a line in `FORMATS`; which one a line of replies is in shows in the
line itself. Knows nothing about any format's fields, the journal, or how a reply's text is read.
"""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gatewright.artefacts import replaced
from gatewright.errors import InputError
from gatewright.training.generators.records import Reply, Request

__all__ = [
    "FORMATS",
    "GENERATOR",
    "MAX_TOKENS",
    "BatchFormat",
    "BatchReplies",
    "batch_format",
    "failed",
    "read_batch",
    "write_batch",
]

GENERATOR = "batch"
"""The generator named in replies read from a batch file."""

FORMATS = {"openai": "openai_batches", "anthropic": "anthropic_batches"}
"""The formats by name, with the module of each."""

MAX_TOKENS = 8000
"""How long a reply may be, unless said otherwise."""

_MAX_LINE = 16 << 20


@dataclass(frozen=True, slots=True)
class BatchFormat:
    """What one provider's batch files look like."""

    line: Callable[[Request, str, int], Mapping[str, Any]]
    """From a request, a model and a limit of tokens to the line that asks for it."""
    custom_id: Callable[[str], str]
    """How a request's id is written; different ids differ."""
    is_reply: Callable[[Mapping[str, Any]], bool]
    """Whether an object with a `custom_id` is a line of replies in this format."""
    reply: Callable[[Mapping[str, Any]], Reply]
    """The reply of such a line, under its `custom_id`."""
    example: str
    """What a line of replies looks like, for the message that says there is none."""


@dataclass(frozen=True, slots=True)
class BatchReplies:
    """What a file of replies held."""

    replies: Sequence[Reply]
    """The first usable reply to each known request; `error` is set where the provider failed."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Lines not among the replies: `duplicate`, `unknown custom_id`, `damaged line`."""


def batch_format(name: str) -> BatchFormat:
    """The format of that name.

    Raises:
        InputError: there is none.
    """
    if name not in FORMATS:
        raise InputError(f"no batch format {name!r}; expected one of: {', '.join(FORMATS)}")
    module = importlib.import_module(f"gatewright.training.generators.{FORMATS[name]}")
    found: BatchFormat = module.FORMAT
    return found


def write_batch(
    path: Path,
    requests: Iterable[Request],
    *,
    model: str,
    max_tokens: int = MAX_TOKENS,
    format: BatchFormat | str = "openai",
) -> int:
    """Write one line a request and return how many.

    Raises:
        InputError: there is no such format.
        EnvironmentProblem: the file cannot be written.
    """
    form = batch_format(format) if isinstance(format, str) else format
    written = 0
    with replaced(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for request in requests:
            line = {
                "custom_id": form.custom_id(request.id),
                **form.line(request, model, max_tokens),
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
    expected = [batch_format(name) for name in FORMATS]
    ids = list(known)
    names = {form.custom_id: {form.custom_id(each): each for each in ids} for form in expected}
    replies: dict[str, Reply] = {}
    counts: Counter[str] = Counter()
    for line in _lines(path):
        found = _read(line, expected)
        if found is None:
            counts["damaged line"] += 1
            continue
        form, reply = found
        request = names[form.custom_id].get(reply.id)
        if request is None:
            counts["unknown custom_id"] += 1
            continue
        before = replies.get(request)
        counts["duplicate"] += before is not None
        if before is None or (before.error and not reply.error):
            replies[request] = replace(reply, id=request)
    if not replies and counts["damaged line"] and not counts["unknown custom_id"]:
        examples = " or ".join(form.example for form in expected)
        raise InputError(f"{path} holds no batch replies; expected lines like {examples}")
    return BatchReplies(tuple(replies.values()), {k: n for k, n in counts.items() if n})


def failed(custom_id: str, error: str) -> Reply:
    """What stands for an answer that the provider did not give."""
    return Reply(
        id=custom_id, text="", finish_reason=None, model="", generator=GENERATOR, error=error
    )


def _lines(path: Path) -> Iterator[bytes]:
    """The lines that are not blank; of one that is too long only the beginning."""
    try:
        with path.open("rb") as file:
            while line := file.readline(_MAX_LINE):
                if line.strip():
                    yield line
                while line and not line.endswith(b"\n"):
                    line = file.readline(_MAX_LINE)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _read(line: bytes, formats: Sequence[BatchFormat]) -> tuple[BatchFormat, Reply] | None:
    """The reply of a line and the format it is in; None if it is in none of them."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not isinstance(row.get("custom_id"), str):
        return None
    form = next((each for each in formats if each.is_reply(row)), None)
    return None if form is None else (form, form.reply(row))
