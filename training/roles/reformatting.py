"""The reformatter: says the same in another form, so that no form goes with a verdict.

Takes examples; gives siblings of some of them, in their lineage group. Lists, letters, typos and
single lines then occur under both verdicts alike. Knows nothing about how forms are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gatewright.artefacts import digest
from gatewright.constitution.records import Constitution
from gatewright.constitution.role_prompts import list_schema
from gatewright.training.examples import Dropped, Example
from gatewright.training.generators.asking import Ask
from gatewright.training.roles.results import RoleResult
from gatewright.training.roles.texts import Task, answers_about

__all__ = ["FORMS", "REFORMATTER", "reformat"]

REFORMATTER = "reformatter"

FORMS = (
    "in one sentence, without any layout",
    "as a numbered or bulleted list, with a line before it",
    "in lower case with the slips and short forms of fast typing",
    "in short paragraphs, polite and complete",
    "with headings or bold words in markdown",
    "half as long, the way a busy person writes",
)
_SHARE = 0.2


def reformat(
    constitution: Constitution,
    examples: Sequence[Example],
    *,
    ask: Ask,
    share: float = _SHARE,
    templates: Path | None = None,
) -> RoleResult:
    """Have a share of the examples said again in another form; all originals stay.

    Which examples and forms is settled by the examples' own digests, under both verdicts alike.
    A sibling that lacks a text, or is no different, is dropped; the original is not.
    """
    text = {"type": "string"}
    schema = list_schema(
        "texts", {"item": {"type": "integer"}, **dict.fromkeys(constitution.fields, text)}
    )
    chosen = [each for each in examples if _draw(each) < share]
    answers = answers_about(
        constitution,
        chosen,
        Task(REFORMATTER, "reformat", schema),
        ask=ask,
        extra=lambda each: {"form": _form(each)},
        templates=templates,
    )
    result = RoleResult(list(examples), waiting_siblings=len(chosen) - len(answers))
    for example in chosen:
        if example.id not in answers:
            continue
        player, entry = answers[example.id]
        found = {} if isinstance(entry, str) else entry
        texts: dict[str, Any] = {name: found.get(name) for name in constitution.fields}
        if not all(isinstance(each, str) and each.strip() for each in texts.values()):
            reason = entry if isinstance(entry, str) else "missing field"
            result.dropped.append(Dropped(reason, REFORMATTER, example.id))
        elif texts == example.fields:
            result.dropped.append(Dropped("nothing changed", REFORMATTER, example.id))
        else:
            roles = [*example.source.get("roles", ()), asdict(player)]
            source = {**example.source, "roles": roles, "form": _form(example), "of": example.id}
            result.kept.append(replace(example, **texts, origin="augmented", source=source))
    return result


def _draw(example: Example) -> float:
    return int(digest(["reformat", example.id])[:8], 16) / 16**8


def _form(example: Example) -> str:
    return FORMS[int(digest(["form", example.id])[:8], 16) % len(FORMS)]
