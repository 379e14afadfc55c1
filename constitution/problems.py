"""What is wrong with a constitution file, and where.

Takes messages with a line of the source; gives frozen problems. Knows nothing about markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Findings", "Problem", "Severity"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    severity: Severity
    message: str

    @property
    def located(self) -> str:
        """`file:line:col: message`."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message}"


class Findings:
    """Collects problems while a file is read, so that all of them are told at once."""

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        self.file = file
        self._lines = lines
        self._found: list[Problem] = []

    def error(self, line: int, message: str, *, at: str = "") -> None:
        """Note an error in a line (from 1); its column is where `at` first occurs in it."""
        self._add(line, at, "error", message)

    def warning(self, line: int, message: str, *, at: str = "") -> None:
        """Note a warning, located as `error` does."""
        self._add(line, at, "warning", message)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found so far, in the order of the file."""
        return tuple(sorted(self._found, key=lambda each: (each.line, each.column)))

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if each.severity == "error")

    def _add(self, line: int, at: str, severity: Severity, message: str) -> None:
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        indent = len(text) - len(text.lstrip())
        found = text.find(at) if at else indent
        column = found + 1 if found >= 0 else indent + 1
        self._found.append(Problem(self.file, line, column, severity, message))
