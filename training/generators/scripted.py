"""The scripted generator: answers what a script says, faults included. A test double to ship.

Takes a function, or a file of JSON lines, and answers requests accordingly; shows what a pipeline
does with a generator that refuses, breaks off, repeats itself or fails. Knows nothing about how
replies are read.

Each line of a script is an object that says which requests it is for and what they get; the first
line that fits a request answers it, and a request that no line fits stays unanswered. Faults are
those of a writer; what other roles answer has to be given:

    {"slot": "0123456789abcdef", "reply": "{\\"examples\\": ...}"}
    {"difficulty": "boundary", "fault": "truncated"}
    {"every": 7, "fault": "refusal"}
    {"fault": "none"}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gatewright.artefacts import file_sha256
from gatewright.constitution.records import FIELDS, Constitution
from gatewright.errors import InputError
from gatewright.training.generators.records import Reply, Request

__all__ = [
    "FAULTS",
    "Script",
    "Scripted",
    "faulty_text",
    "open_generator",
    "sound_reply",
]

Script = Callable[[Request, int], str | Reply | None]
"""From a request and its position to a reply's text, a whole reply, or None for no answer."""

FAULTS = (
    "none",
    "refusal",
    "truncated",
    "not JSON",
    "wrong shape",
    "missing field",
    "empty field",
    "too few items",
    "duplicates",
    "empty",
    "error",
)
"""What a script line may ask for; `none` is a sound reply with made-up texts."""

_CONDITIONS = ("role", "id", "slot", "clause", "verdict", "difficulty")


class Scripted:
    """Answers by calling a script once for each request."""

    name = "scripted"

    def __init__(self, script: Script, *, model: str = "script") -> None:
        self.model = model
        self.asked: list[str] = []
        """Request ids in the order in which they were asked, for tests to look at."""
        self._script = script

    def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The script's answers, in the order of `requests`."""
        for position, request in enumerate(requests):
            self.asked.append(request.id)
            answer = self._script(request, position)
            if isinstance(answer, str):
                answer = self._reply(request, answer)
            if answer is not None:
                yield replace(answer, id=request.id)

    def _reply(self, request: Request, text: str) -> Reply:
        return Reply(
            id=request.id,
            text=text,
            finish_reason="stop",
            model=self.model,
            generator=self.name,
        )


def open_generator(
    argument: str, *, constitution: Constitution, policy: Path, seed: int
) -> Scripted:
    """A generator that follows the script file at `argument`.

    Raises:
        InputError: there is no such file, or a line of it is not as described above.
    """
    if not argument:
        raise InputError("scripted needs its script: --generator scripted:FILE")
    lines = _read_script(Path(argument))
    fields = FIELDS[constitution.judges]

    def script(request: Request, position: int) -> Reply | None:
        line = next((each for each in lines if _fits(each, request, position)), None)
        return None if line is None else _answer(line, request, fields)

    return Scripted(script, model=f"script-{file_sha256(Path(argument))[:16]}")


def sound_reply(request: Request, fields: Sequence[str]) -> dict[str, Any]:
    """A writer's readable reply of the right size, every text in it unlike any other."""
    slot = request.slot
    if slot is None:
        raise ValueError(f"{request.id} asks for no slot, so no reply can be made up for it")

    def item(index: int, verdict: str) -> dict[str, str]:
        return {name: f"{name} {index} of {slot.id}, {verdict}" for name in fields}

    if slot.difficulty != "boundary":
        return {"examples": [item(index, slot.verdict) for index in range(slot.count)]}
    sides = ("restricted", "permitted")
    return {"pairs": [{each: item(n, each) for each in sides} for n in range(slot.count)]}


def faulty_text(fault: str, request: Request, fields: Sequence[str]) -> str:
    """The text of a reply with that fault."""
    sound = sound_reply(request, fields)
    ((key, items),) = sound.items()
    first = items[0]["restricted"] if key == "pairs" else items[0]
    if fault == "missing field":
        del first[fields[-1]]
    elif fault == "empty field":
        first[fields[-1]] = " "
    elif fault == "too few items":
        del items[-1]
    text = json.dumps(sound)
    fixed = {
        "refusal": "I'm sorry, but I can't help with that request.",
        "truncated": text[: len(text) * 2 // 3],
        "not JSON": "Here are some ideas: 1. A text. 2. Another text.",
        "wrong shape": json.dumps({"items": items}),
        "duplicates": json.dumps({key: [items[0]] * len(items)}).replace(request.id, "same"),
        "empty": "",
    }
    return fixed.get(fault, text)


def _read_script(path: Path) -> list[Mapping[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable script: {error}") from error
    for number, row in enumerate(rows, 1):
        fits = (
            isinstance(row, dict)
            and set(row) <= {*_CONDITIONS, "every", "fault", "reply", "finish_reason"}
            and ("reply" in row) != (row.get("fault") in FAULTS)
            and isinstance(row.get("reply", ""), str)
            and type(row.get("every", 1)) is int
            and row.get("every", 1) > 0
        )
        if not fits:
            raise InputError(
                f"{path}:{number}: expected conditions ({', '.join(_CONDITIONS)}, every) and "
                f"either a reply or a fault out of {', '.join(FAULTS)}"
            )
    return rows


def _fits(line: Mapping[str, Any], request: Request, position: int) -> bool:
    actual = {"role": request.role, "id": request.id}
    if slot := request.slot:
        actual |= {name: getattr(slot, name) for name in ("clause", "verdict", "difficulty")}
        actual["slot"] = slot.id
    conditions = all(line[name] == actual.get(name) for name in _CONDITIONS if name in line)
    return conditions and position % int(line.get("every", 1)) == 0


def _answer(line: Mapping[str, Any], request: Request, fields: Sequence[str]) -> Reply | None:
    fault = str(line.get("fault", "none"))
    if "reply" in line:
        text = str(line["reply"])
    elif request.slot is None:
        return None
    else:
        text = faulty_text(fault, request, fields)
    usual = "length" if fault == "truncated" else "stop"
    return Reply(
        id=request.id,
        text=text,
        finish_reason=str(line.get("finish_reason", usual)),
        model="script",
        generator="scripted",
        error="made up by the script" if fault == "error" else None,
    )
