"""The head of the file: name, version, and what the constitution judges.

Takes the YAML between the two `---` lines; only plain `key: value` lines are accepted, read from
the parser's events, so that aliases, tags and nesting are refused without being built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

import yaml

from gatewright.constitution.problems import Findings
from gatewright.constitution.records import Judges

__all__ = ["FrontMatter", "read_front_matter"]

_KEYS = ("name", "version", "judges")
_MAX_CHARACTERS = 8_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The three things said before the title."""

    name: str
    version: str
    judges: Judges


def read_front_matter(text: str, first_line: int, findings: Findings) -> FrontMatter | None:
    """Read the lines between the `---`, `first_line` being the file's line of the first one.

    Returns None, with the reasons in `findings`, when anything is wrong.
    """
    if len(text) > _MAX_CHARACTERS:
        findings.error(
            1, f"front matter of more than {_MAX_CHARACTERS:,} characters; {_expected()}"
        )
        return None
    before = len(findings.errors)
    values = _pairs(text, first_line, findings)
    for key in _KEYS:
        if values is not None and key not in values:
            findings.error(1, f"the front matter has no {key!r}; {_expected()}")
    if values is None or len(findings.errors) > before:
        return None
    return _checked({key: value for key, (value, _) in values.items()}, values, findings)


def _checked(
    plain: dict[str, str], values: dict[str, tuple[str, int]], findings: Findings
) -> FrontMatter | None:
    wrong = {}
    if not _NAME.fullmatch(plain["name"]):
        wrong["name"] = "lower-case letters, digits and hyphens, at most 64"
    if not _VERSION.fullmatch(plain["version"]):
        wrong["version"] = "a version such as 1.0.0"
    if plain["judges"] not in get_args(Judges):
        wrong["judges"] = f"one of {', '.join(get_args(Judges))}"
    for key, expected in wrong.items():
        value, line = values[key]
        findings.error(line, f"{key} is {value!r}; expected {expected}", at=value.split("\n")[0])
    if wrong:
        return None
    judges = next(kind for kind in get_args(Judges) if kind == plain["judges"])
    return FrontMatter(plain["name"], plain["version"], judges)


def _pairs(text: str, first_line: int, findings: Findings) -> dict[str, tuple[str, int]] | None:
    """Key -> (value, line of the file), or None when the text is no plain mapping."""
    values: dict[str, tuple[str, int]] = {}
    try:
        scalars = _scalars(text)
    except _NotPlain as problem:
        findings.error(first_line + problem.line, f"{problem}; {_expected()}")
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        reason = getattr(error, "problem", None) or "unreadable characters"
        findings.error(line, f"the front matter is not YAML: {reason}; {_expected()}")
        return None
    for (key, offset), (value, _) in zip(scalars[::2], scalars[1::2], strict=True):
        line = first_line + offset
        if key not in _KEYS:
            findings.error(line, f"unknown key {key!r}; {_expected()}", at=key)
        elif key in values:
            findings.error(line, f"{key!r} is given twice; expected it once", at=key)
        else:
            values[key] = (value, line)
    return values


class _NotPlain(Exception):
    """The YAML holds something other than plain `key: value` lines."""

    def __init__(self, found: str, line: int) -> None:
        super().__init__(found)
        self.line = line


def _scalars(text: str) -> list[tuple[str, int]]:
    """Text and line of every scalar of one flat mapping, keys and values in turn."""
    found: list[tuple[str, int]] = []
    inside = False
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line if event.start_mark else 0
        if strange := _strange(event, inside):
            raise _NotPlain(strange, line)
        if isinstance(event, yaml.DocumentStartEvent) and found:
            raise _NotPlain("a second YAML document", line)
        if isinstance(event, yaml.ScalarEvent):
            found.append((event.value, line))
        inside = inside or isinstance(event, yaml.MappingStartEvent)
    return found


def _strange(event: yaml.Event, inside: bool) -> str | None:
    """What makes an event more than plain text in a flat mapping; None when nothing does."""
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if isinstance(event, yaml.AliasEvent):
        return f"the YAML alias *{anchor}"
    if anchor or tag:
        return f"the YAML anchor &{anchor}" if anchor else f"the YAML tag {tag}"
    plain = yaml.ScalarEvent if inside else yaml.MappingStartEvent
    if isinstance(event, yaml.NodeEvent) and not isinstance(event, plain):
        return "a value that is not plain text"
    return None


def _expected() -> str:
    return "expected the lines `name: ...`, `version: ...` and `judges: ...` and nothing else"
