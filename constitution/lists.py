"""The lists of a constitution: terms, dimensions and clauses.

Takes a section whose only content is a list; gives frozen records, noting every mistake.
Knows nothing about rules and about prompts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatewright.constitution.identifiers import leading_id, settled_id
from gatewright.constitution.outline import Document, Item, Section, is_comment, is_list, span
from gatewright.constitution.problems import Findings
from gatewright.constitution.records import Clause, Dimension, Term, VerdictName

__all__ = ["list_items", "read_clauses", "read_dimensions", "read_terms"]

_TERM = re.compile(r"\*\*(?P<name>[^\n]+?)\*\*[ \t]*:[ \t]*(?P<text>.*)", re.DOTALL)

_LATE_ID = re.compile(r"\{#[^{}\s]*\}\Z")


def list_items(section: Section, document: Document, findings: Findings) -> Iterator[Item]:
    """The items of every list in a section; anything that is no list is an error."""
    found = False
    for block in section.blocks:
        if is_list(block):
            found = True
            yield from document.items(block)
        elif not is_comment(block):
            line = span(block)[0] + 1
            findings.error(line, f"text under {section.title!r}; expected list items, `- ...`")
            found = True
    if not found:
        findings.error(section.line, f"nothing under {section.title!r}; expected a list, `- ...`")


def read_terms(section: Section, document: Document, findings: Findings) -> tuple[Term, ...]:
    """`- **Name**: text`."""
    terms: dict[str, Term] = {}
    for item in list_items(section, document, findings):
        match = _TERM.fullmatch(item.text)
        if match is None or not match["text"].strip():
            found = _shown(item.text)
            findings.error(item.line, f"{found} is no term; expected `- **Name**: what it means`")
        elif match["name"] in terms:
            findings.error(item.line, f"the term {match['name']!r} is defined twice; expected once")
        else:
            terms[match["name"]] = Term(match["name"], match["text"], item.line)
    return tuple(terms.values())


def read_dimensions(
    section: Section, document: Document, findings: Findings
) -> tuple[Dimension, ...]:
    """`- name: value, value`; with a `;` in the line that separates, and values may hold commas."""
    dimensions: dict[str, Dimension] = {}
    for item in list_items(section, document, findings):
        name, _, listed = (part.strip() for part in item.text.partition(":"))
        if not name or not listed or "\n" in name:
            found = _shown(item.text)
            findings.error(item.line, f"{found} is no dimension; expected `- name: value, value`")
            continue
        if name in dimensions:
            findings.error(item.line, f"the dimension {name!r} is given twice; expected it once")
            continue
        values = _values(listed, item.line, findings)
        dimensions[name] = Dimension(name, values, item.line)
    return tuple(dimensions.values())


def read_clauses(
    section: Section, rule: str, verdict: VerdictName, document: Document, findings: Findings
) -> list[Clause]:
    """`- {#id} text`; ids are made unique by the caller, who sees both lists of a rule."""
    clauses: list[Clause] = []
    for item in list_items(section, document, findings):
        written, text = leading_id(item.text)
        if not text.strip():
            findings.error(item.line, "a clause without text; expected `- {#id} what it says`")
            continue
        if written is None and (late := _LATE_ID.search(text)):
            message = f"the id {late[0]} at the end; expected `- {late[0]} what it says`"
            findings.error(item.line, message, at=late[0])
            continue
        identifier = settled_id(written, text, item.line, findings)
        if identifier is not None:
            clauses.append(Clause(f"{rule}/{identifier}", verdict, text, item.line))
    return clauses


def _values(listed: str, line: int, findings: Findings) -> tuple[str, ...]:
    separator = ";" if ";" in listed else ","
    values = [" ".join(value.split()) for value in listed.split(separator)]
    if "" in values:
        findings.error(
            line, f"an empty value between {separator!r}; expected `- name: value, value`"
        )
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        findings.error(line, f"the value {twice!r} is given twice; expected it once", at=twice)
    return tuple(values)


def _shown(text: str) -> str:
    first = text.split("\n", 1)[0]
    return repr(first if len(first) <= 60 else first[:57] + "...")
