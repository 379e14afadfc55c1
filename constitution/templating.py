"""Which template file is used, and how it is run.

Takes a template's file name and plain values; gives text. A file of that name in the author's
folder goes before the bundled one; it is checked and runs in a process of its own. Bundled
templates take the fast path. Knows nothing about constitutions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from gatewright.artefacts import digest
from gatewright.constitution.isolation import render_isolated
from gatewright.constitution.sandbox import render
from gatewright.errors import InputError, TemplateError

__all__ = [
    "TEMPLATE_NAMES",
    "TemplateSource",
    "find_template",
    "render_template",
    "template_digest",
]

TEMPLATE_NAMES = (
    "system.jinja",
    "write.jinja",
    "pairs.jinja",
    "seed.jinja",
    "roles.jinja",
    "judge.jinja",
    "advocate.jinja",
    "answer.jinja",
    "reformat.jinja",
    "tamper.jinja",
    "propose.jinja",
)
"""Every template there is; an author's folder may hold any of them."""

_MAX_READ = 64_001


class TemplateSource(NamedTuple):
    """A template as it will be used."""

    name: str
    label: str
    """What errors call the file."""
    text: str
    bundled: bool


def find_template(name: str, folder: Path | None) -> TemplateSource:
    """The author's template of that name, or the bundled one.

    Raises:
        InputError: there is no such folder.
        TemplateError: the file cannot be read as UTF-8 text.
    """
    if folder is None:
        return _bundled(name)
    if not folder.is_dir():
        known = ", ".join(TEMPLATE_NAMES)
        raise InputError(f"there is no folder {folder}; expected one that holds any of {known}")
    if not any((folder / each).exists() for each in TEMPLATE_NAMES):
        raise InputError(f"{folder} holds no template; expected any of {', '.join(TEMPLATE_NAMES)}")
    path = folder / name
    if not path.exists():
        return _bundled(name)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise TemplateError(f"{path}:1: a link out of the folder; expected a file inside it")
    try:
        with path.open(encoding="utf-8") as file:
            return TemplateSource(name, str(path), file.read(_MAX_READ), bundled=False)
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path}:1: cannot be read as UTF-8 text: {error}") from error


def render_template(template: TemplateSource, context: Mapping[str, Any]) -> str:
    """Fill a template with plain values (str, int, list, dict).

    Raises:
        TemplateError: as `file:line: message`.
    """
    if template.bundled:
        return render(template.text, template.label, context)
    return render_isolated(template.text, template.label, context)


def template_digest(templates: Sequence[TemplateSource]) -> str:
    """The digest of the sources, wherever the files lie."""
    return digest({template.name: template.text for template in templates})


@lru_cache(maxsize=len(TEMPLATE_NAMES))
def _bundled(name: str) -> TemplateSource:
    file = resources.files("gatewright.constitution") / "templates" / name
    return TemplateSource(name, name, file.read_text(encoding="utf-8"), bundled=True)
