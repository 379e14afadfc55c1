"""A new constitution: the commented starter, or a copy of a bundled one, under another name.

Takes a name; gives markdown. Knows nothing about where it is written to.
"""

from __future__ import annotations

import re
from pathlib import Path

from gatewright.constitution.identifiers import slug
from gatewright.constitution.records import Judges
from gatewright.constitution.shelf import library_path

__all__ = ["copied", "starter"]

_STARTER = Path(__file__).parent / "starter.md"
_NAME = re.compile(r"^name: .*$", re.MULTILINE)
_TITLE = re.compile(r"^# .*$", re.MULTILINE)
_EXAMPLE = re.compile(
    r"^- (?P<head>\w+ \([\w-]+\)):\n  - prompt: (?P<prompt>.*)\n  - response: (?P<response>.*)$",
    re.MULTILINE,
)


def starter(name: str, judges: Judges) -> str:
    """The starter as a constitution of that name and kind.

    It is stored with two texts to an example; kinds that judge one text get the one that fits.
    """
    text = _renamed(_STARTER.read_text(encoding="utf-8"), name)
    text = _TITLE.sub(f"# {_slug(name).replace('-', ' ').capitalize()}", text, count=1)
    text = re.sub(
        r"^judges: exchange(?=\s)", f"judges: {judges}", text, count=1, flags=re.MULTILINE
    )
    if judges == "exchange":
        return text
    judged = "prompt" if judges == "prompt" else "response"
    return _EXAMPLE.sub(rf"- \g<head>: \g<{judged}>", text)


def copied(name: str, original: str) -> str:
    """The bundled constitution `original` under another name.

    Raises:
        InputError: there is no bundled constitution of that name.
    """
    return _renamed(library_path(original).read_text(encoding="utf-8"), name)


def _renamed(text: str, name: str) -> str:
    return _NAME.sub(f"name: {_slug(name)}", text, count=1)


def _slug(name: str) -> str:
    return slug(name, words=20) or "policy"
