"""From a file's bytes to clean lines of text: size, encoding, line ends.

Takes bytes or text; gives text whose lines end in `\\n`, and notes what it had to mend.
Knows nothing about markdown.
"""

from __future__ import annotations

from pathlib import Path

from gatewright.constitution.problems import Findings, Problem
from gatewright.errors import InputError

__all__ = ["MAX_BYTES", "clean_text", "decode", "read_bytes"]

MAX_BYTES = 1_000_000
"""The largest constitution that is read at all."""

_BOM = "\ufeff"


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, one more than `MAX_BYTES` at most.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(
            f"there is no file {path}; write one with: gatewright new {path}"
        ) from None
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); expected a markdown file"
        ) from error


def decode(data: bytes, name: str) -> str | Problem:
    """Bytes as text, or the one reason why they are not even parsed: too large, or not UTF-8."""
    if len(data) > MAX_BYTES:
        message = f"more than {MAX_BYTES:,} bytes; expected a constitution of at most that"
        return Problem(name, 1, 1, "error", message)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; expected the file saved as UTF-8"
        return Problem(name, line, column, "error", message)


def clean_text(text: str, name: str) -> tuple[str, Findings]:
    """Text without BOM and with `\\n` line ends, and the findings of doing so.

    NUL characters and lone surrogates are errors; the text is given back all the same,
    so that the rest of the file can be checked.
    """
    bom = text.startswith(_BOM)
    carriage = "\r" in text
    text = text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    findings = Findings(name, lines)
    if bom:
        findings.warning(1, "a byte order mark was ignored; save the file as UTF-8 without BOM")
    if carriage:
        findings.warning(1, "carriage returns were read as plain line ends; save with LF")
    for number, line in enumerate(lines, start=1):
        if not line.isprintable():
            _check_characters(findings, number, line)
    return text, findings


def _check_characters(findings: Findings, number: int, line: str) -> None:
    if "\0" in line:
        findings.error(number, "a NUL character; expected text", at="\0")
    stray = next((each for each in line if "\ud800" <= each <= "\udfff"), None)
    if stray is not None:
        message = f"a lone surrogate U+{ord(stray):04X}; expected Unicode text"
        findings.error(number, message, at=stray)
