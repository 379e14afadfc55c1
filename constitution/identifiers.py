"""Ids of rules and clauses: written as `{#id}`, or derived from a text.

Takes what the author wrote; knows nothing about markdown blocks.
"""

from __future__ import annotations

import re
import unicodedata

from gatewright.constitution.problems import Findings

__all__ = ["SHAPE", "leading_id", "settled_id", "slug"]

SHAPE = "lower-case letters, digits and hyphens, beginning with a letter or digit"

_VALID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LEADING = re.compile(r"\{#(?P<id>[^{}\n]*)\}[ \t]*")


def slug(text: str, *, words: int = 5) -> str:
    """The first words of `text` as an id; empty when they hold no Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode()
    found = re.findall(r"[a-z0-9]+", plain.lower().replace("'", ""))
    return "-".join(found[:words])[:64].strip("-")


def leading_id(text: str) -> tuple[str | None, str]:
    """`{#id} text` as its id (None when not written) and the text."""
    written = _LEADING.match(text)
    if written is None:
        return None, text
    return written["id"], text[written.end() :].lstrip(" \t\n")


def settled_id(written: str | None, text: str, line: int, findings: Findings) -> str | None:
    """The id of something that begins with `text`; None, with an error noted, when it has none."""
    if written is not None:
        if _VALID.fullmatch(written):
            return written
        findings.error(line, f"the id {{#{written}}}; expected {SHAPE}", at="{#")
        return None
    derived = slug(text)
    if not derived:
        findings.error(
            line, f"no id can be derived from {text[:40]!r}; expected {{#id}} written out"
        )
        return None
    message = (
        f"no id written, so {derived!r} was derived and changes with the text; write {{#{derived}}}"
    )
    findings.warning(line, message)
    return derived
