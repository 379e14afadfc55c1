"""The strict reader: what a generator wrote becomes examples, or a reason why not.

Takes a reply and what was asked; the label comes from the slot that was asked for, never from the
text. An item that cannot be read leaves one `Dropped`; a reply that cannot be read at all leaves
one for the whole of it; nothing is guessed, mended or labelled by default. Knows nothing about
generators or files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatewright.constitution.records import Constitution, VerdictName
from gatewright.training.examples import Dropped, Example, Sifted
from gatewright.training.generators.json_replies import Unreadable, json_object
from gatewright.training.generators.records import Asked, Reply
from gatewright.training.slots import Slot
from gatewright.training.synthesis.copying import copies

__all__ = ["MAX_FIELD", "STAGE", "read_reply"]

MAX_FIELD = 20_000
"""Characters of a field; a longer one is a generator run wild."""

STAGE = "synthesis"
"""The stage named in every `Dropped` of this room."""

_CONFIDENCE = "confidence"
"""How sure the writer says it is of the label; what is no number from 0 to 1 is not kept."""

_VERDICTS: tuple[VerdictName, ...] = ("restricted", "permitted")


def read_reply(constitution: Constitution, asked: Asked, reply: Reply) -> Sifted:
    """The examples of one reply, in its order, and everything in it that could not be kept.

    Reasons: `empty reply`, `refused`, `truncated`, `not JSON`, `wrong shape`, `missing field`,
    `empty field`, `too long`, `unreadable character`, `prompt and response equal`,
    `twins equal`, `copies its seed text`, and `too few items` once for each item that was asked
    for and is not there.
    """
    slot = asked.slot
    if slot is None:
        raise ValueError(f"request {asked.id} of {asked.role} asked for no slot")
    source = _source(asked, slot, reply)
    key = "pairs" if slot.difficulty == "boundary" else "examples"
    try:
        items = _items(json_object(reply.text, reply.finish_reason), key)
    except Unreadable as problem:
        return Sifted([], [Dropped(problem.reason, STAGE, problem.detail, source=source)])
    read = _read_pair if key == "pairs" else _read_single
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for index, item in enumerate(items):
        for result in read(constitution, slot, item, index, source):
            if isinstance(result, Example):
                kept.append(result)
            else:
                dropped.append(result)
    for _ in range(slot.count - len(items)):
        detail = f"asked for {slot.count}, got {len(items)}"
        dropped.append(Dropped("too few items", STAGE, detail, source=source))
    return Sifted(kept, dropped)


def _source(asked: Asked, slot: Slot, reply: Reply) -> dict[str, Any]:
    return {
        "constitution": asked.constitution,
        "clause_digest": reply.clause_digest or asked.clause_digest,
        "template": reply.template_digest or asked.template_digest,
        "generator": reply.generator,
        "model": reply.model,
        "request": asked.request,
        "slot": slot.id,
        "difficulty": slot.difficulty,
        "values": dict(slot.values),
    }


def _items(value: Mapping[str, Any], key: str) -> list[Any]:
    if set(value) != {key} or not isinstance(value[key], list):
        raise Unreadable("wrong shape", f"expected one key {key!r} with a list, got {_keys(value)}")
    items: list[Any] = value[key]
    return items


def _read_single(
    constitution: Constitution, slot: Slot, item: Any, index: int, source: dict[str, Any]
) -> Iterator[Example | Dropped]:
    yield _read_fields(constitution, slot, slot.verdict, item, index, source)


def _read_pair(
    constitution: Constitution, slot: Slot, item: Any, index: int, source: dict[str, Any]
) -> Iterator[Example | Dropped]:
    if not isinstance(item, dict) or set(item) != set(_VERDICTS):
        detail = f"pair {index}: expected restricted and permitted, got {_keys(item)}"
        yield Dropped("wrong shape", STAGE, detail, source=source)
        return
    twins = [
        _read_fields(constitution, slot, verdict, item[verdict], index, source)
        for verdict in _VERDICTS
    ]
    first, second = twins
    if isinstance(first, Example) and isinstance(second, Example) and first.id == second.id:
        yield from (
            Dropped("twins equal", STAGE, f"pair {index}", example=twin, source=source)
            for twin in (first, second)
        )
        return
    yield from twins


def _read_fields(
    constitution: Constitution,
    slot: Slot,
    verdict: VerdictName,
    item: Any,
    index: int,
    source: dict[str, Any],
) -> Example | Dropped:
    try:
        texts = _texts(item, constitution.fields)
    except Unreadable as problem:
        detail = f"item {index}: {problem.detail}"
        return Dropped(problem.reason, STAGE, detail, source=source)
    if slot.seed_text is not None and copies(texts, slot.seed_text):
        return Dropped("copies its seed text", STAGE, f"item {index}", source=source)
    restricted = verdict == "restricted"
    confidence = item.get(_CONFIDENCE)
    if isinstance(confidence, int | float) and 0 <= confidence <= 1:
        source = {**source, _CONFIDENCE: confidence}
    return Example(
        verdicts={slot.rule: 1} if restricted else dict.fromkeys(constitution.rule_ids, 0),
        clause=slot.clause,
        group=slot.group(index),
        source=source,
        **texts,
    )


def _texts(item: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """The item's texts without surrounding space, if every one of them is fit to learn from."""
    if not isinstance(item, dict):
        raise Unreadable("wrong shape", f"expected an object, got {type(item).__name__}")
    missing = [name for name in fields if name not in item]
    if missing:
        raise Unreadable("missing field", f"no {', '.join(missing)} in {_keys(item)}")
    if not set(item) <= {*fields, _CONFIDENCE}:
        raise Unreadable("wrong shape", f"expected {', '.join(fields)}, got {_keys(item)}")
    texts = {name: _text(name, item[name]) for name in fields}
    if len(texts) == 2 and texts["prompt"] == texts["response"]:
        raise Unreadable("prompt and response equal")
    return texts


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable("wrong shape", f"{name} is {type(value).__name__}, not text")
    text = value.strip()
    if not text:
        raise Unreadable("empty field", name)
    if len(text) > MAX_FIELD:
        raise Unreadable("too long", f"{name} has {len(text)} characters, limit {MAX_FIELD}")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Unreadable("unreadable character", f"{name} holds a NUL or half a surrogate pair")
    return text


def _keys(value: Any) -> str:
    if not isinstance(value, dict):
        return type(value).__name__
    return ", ".join(sorted(map(repr, value)))[:200] or "nothing"
