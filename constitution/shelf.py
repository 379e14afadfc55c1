"""The constitutions that come with the package, ready to use or to copy.

Takes a name; gives a path. Knows nothing about what is written in them.
"""

from __future__ import annotations

import os
from pathlib import Path

from gatewright.errors import InputError

__all__ = ["find_constitution", "library_names", "library_path"]

_ROOM = Path(__file__).parent


def library_names() -> tuple[str, ...]:
    """The names of the bundled constitutions, in alphabetical order."""
    return tuple(sorted(path.stem for path in (_ROOM / "library").glob("*.md")))


def library_path(name: str) -> Path:
    """The markdown file of a bundled constitution; its recorded replies lie beside it.

    Raises:
        InputError: there is none of that name.
    """
    if name not in library_names():
        known = ", ".join(library_names()) or "none are installed"
        raise InputError(
            f"there is no file {name} and no bundled constitution of that name; "
            f"bundled are: {known}; write your own with: gatewright new policy.md"
        )
    return _ROOM / "library" / f"{name}.md"


def find_constitution(name: str | Path) -> Path:
    """The file of that path, or else the bundled constitution of that name.

    Raises:
        InputError: there is neither.
    """
    is_file = os.path.exists(name) and not os.path.isdir(name)
    return Path(name) if is_file else library_path(str(name))
