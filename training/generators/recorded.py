"""The recorded generator: replays replies that ship with a constitution, word for word.

Takes a file of JSON lines, one reply each, with the slot it answers (for other roles than the
writer, the request's id) and the digests of the wording it was written under. A reply is found by
that slot or id, so an edited clause or template orphans nothing; the digests let the run say how
many replies were written under another wording. Also writes such files. Knows nothing about how
replies are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gatewright.artefacts import file_sha256, write_text
from gatewright.constitution.records import Constitution
from gatewright.errors import InputError
from gatewright.training.generators.journal import Answer
from gatewright.training.generators.records import Reply, Request
from gatewright.training.slots import Slot

__all__ = ["Recorded", "open_generator", "recording_of", "verdicts_of", "write_recording"]

_TEXTS = ("clause_digest", "template_digest", "generator", "model", "reply")


class Recorded:
    """Answers the slots of one recording, and only those."""

    name = "recorded"

    def __init__(self, path: Path) -> None:
        """Read the recording.

        Raises:
            InputError: a line is not a recorded reply, or a slot is answered twice.
        """
        self._replies: dict[str, Reply] = {}
        slots: list[Slot] = []
        for number, line in _numbered_lines(path):
            slot, reply = _read_line(line, f"{path}:{number}")
            if reply.id in self._replies:
                raise InputError(f"{path}:{number}: {reply.id} was answered before; delete one")
            self._replies[reply.id] = reply
            if slot is not None:
                slots.append(slot)
        if not self._replies:
            raise InputError(f"{path} holds no replies")
        self.model = f"recording-{file_sha256(path)[:16]}"
        """Of the file's content, so that a run notices when other replies are recorded."""
        self.slots: Sequence[Slot] = tuple(slots)

    def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The recorded answers to `requests`, in their order."""
        for request in requests:
            if request.id in self._replies:
                yield self._replies[request.id]


def open_generator(
    argument: str, *, constitution: Constitution, policy: Path, seed: int
) -> Recorded:
    """The recording at `argument`, or the one beside the constitution.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = Path(argument) if argument else recording_of(policy)
    if not path.is_file():
        raise InputError(
            f"no recorded replies at {path}; give their file as recorded:FILE, or choose another "
            "generator, such as composed"
        )
    return Recorded(path)


def recording_of(policy: Path) -> Path:
    """Where the recording of a constitution lies: `NAME.md` has `NAME.replies.jsonl` beside it."""
    return policy.with_name(f"{policy.stem}.replies.jsonl")


def verdicts_of(policy: Path) -> Path:
    """Where the recorded replies of the judges lie: `NAME.verdicts.jsonl` beside `NAME.md`."""
    return policy.with_name(f"{policy.stem}.verdicts.jsonl")


def write_recording(path: Path, answers: Iterable[Answer]) -> int:
    """Write answers as a recording and return how many.

    Raises:
        EnvironmentProblem: the file cannot be written.
    """
    lines = [json.dumps(_line(answer), ensure_ascii=True) for answer in answers]
    write_text(path, "".join(line + "\n" for line in lines))
    return len(lines)


def _line(answer: Answer) -> dict[str, Any]:
    asked, reply = answer
    return {
        **({"slot": asked.slot.as_json()} if asked.slot else {"id": asked.id, "role": asked.role}),
        "clause_digest": reply.clause_digest or asked.clause_digest,
        "template_digest": reply.template_digest or asked.template_digest,
        "generator": reply.generator,
        "model": reply.model,
        "reply": reply.text,
        "finish_reason": reply.finish_reason,
    }


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _read_line(line: str, where: str) -> tuple[Slot | None, Reply]:
    try:
        row = json.loads(line)
        slot = Slot.from_json(row["slot"]) if "slot" in row else None
        texts = {"id": slot.id if slot else row["id"], **{name: row[name] for name in _TEXTS}}
        finish = row.get("finish_reason")
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{where}: not a recorded reply ({error!r})") from error
    if not all(isinstance(each, str) for each in texts.values()):
        raise InputError(f"{where}: {', '.join(texts)} must be text")
    reply = Reply(
        id=texts["id"],
        text=texts["reply"],
        finish_reason=None if finish is None else str(finish),
        model=texts["model"],
        generator=texts["generator"],
        clause_digest=texts["clause_digest"],
        template_digest=texts["template_digest"],
    )
    return slot, reply
