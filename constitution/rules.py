"""One `##` section becomes a rule.

Takes a section of the outline; gives a frozen rule, noting every mistake on the way.
Knows nothing about the rest of the constitution.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatewright.constitution.identifiers import settled_id
from gatewright.constitution.lists import read_clauses, read_dimensions
from gatewright.constitution.outline import Document, Section
from gatewright.constitution.problems import Findings
from gatewright.constitution.records import Clause, Rule, VerdictName
from gatewright.constitution.written_examples import read_examples

__all__ = ["named_sections", "read_rule"]

_PARTS = ("restricted", "permitted", "examples", "dimensions")
_LISTS: tuple[VerdictName, ...] = ("restricted", "permitted")


def read_rule(
    section: Section, fields: tuple[str, ...] | None, document: Document, findings: Findings
) -> Rule | None:
    """The rule of a section; None when it has no usable id.

    `fields` are the names of the judged texts; without them examples are not read.
    """
    identifier = settled_id(section.id, section.title, section.line, findings)
    parts = named_sections(section.sections, 3, _PARTS, findings)
    clauses = _clauses(parts, identifier or "rule", document, findings)
    by_id = {clause.id.partition("/")[2]: clause for clause in clauses}
    examples, dimensions = parts.get("examples"), parts.get("dimensions")
    text = document.prose(section.blocks)
    if not clauses and not any(part in parts for part in _LISTS):
        findings.error(section.line, _without_clauses(section.title, text), at=section.title)
    _check_stray_ids(section, document, findings)
    written = (
        read_examples(examples, by_id, fields, document, findings) if examples and fields else ()
    )
    ways = read_dimensions(dimensions, document, findings) if dimensions else ()
    if identifier is None:
        return None
    return Rule(
        id=identifier,
        title=section.title,
        text=text,
        clauses=tuple(clauses),
        examples=written,
        dimensions=ways,
        line=section.line,
    )


def named_sections(
    sections: Iterable[Section], level: int, names: tuple[str, ...], findings: Findings
) -> dict[str, Section]:
    """Sections by lower-case title, each of `names` once and at `level`; all else is an error."""
    found: dict[str, Section] = {}
    for section in sections:
        name = section.title.casefold()
        expected = ", ".join(f"{'#' * level} {each.capitalize()}" for each in names)
        if section.level != level:
            message = f"{'#' * section.level} skips a level; expected {expected}"
            findings.error(section.line, message)
        elif name not in names or section.id is not None:
            shown = section.title + ("" if section.id is None else f" {{#{section.id}}}")
            findings.error(section.line, f"unknown heading {shown!r}; expected {expected}")
        elif name in found:
            first = found[name].line
            message = (
                f"a second {section.title!r} (the first is in line {first}); expected one list"
            )
            findings.error(section.line, message)
        else:
            found[name] = section
        for below in section.sections:
            message = f"a heading below {section.title!r}; expected a list there"
            findings.error(below.line, message)
    return found


def _clauses(
    parts: dict[str, Section], rule: str, document: Document, findings: Findings
) -> list[Clause]:
    """Clauses of both lists in the order of the file."""
    clauses: dict[str, Clause] = {}
    for verdict in _LISTS:
        if verdict not in parts:
            continue
        for clause in read_clauses(parts[verdict], rule, verdict, document, findings):
            first = clauses.setdefault(clause.id, clause)
            if first is not clause:
                short = clause.id.partition("/")[2]
                message = f"the id {short!r} is taken by the clause in line {first.line}"
                findings.error(clause.line, f"{message}; expected another", at="{#")
    return sorted(clauses.values(), key=lambda clause: clause.line)


def _without_clauses(title: str, text: str) -> str:
    found = "no clauses" if text else "neither text nor clauses"
    return f"the rule {title!r} has {found}; expected ### Restricted and ### Permitted with a list"


def _check_stray_ids(section: Section, document: Document, findings: Findings) -> None:
    """Clauses listed under the rule itself would be read as prose and lost."""
    for block in section.blocks:
        if block.type != "bullet_list":
            continue
        for item in document.items(block):
            if item.text.startswith("{#"):
                message = (
                    "a clause outside its list; expected it below ### Restricted or ### Permitted"
                )
                findings.error(item.line, message, at="{#")
