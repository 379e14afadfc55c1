"""A markdown file becomes a constitution, or a list of everything that is wrong with it.

Takes a path or text; gives frozen records. Never a half-read policy: one error and there is none.
Knows nothing about prompts and models.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gatewright.constitution.blocks import check_blocks
from gatewright.constitution.front_matter import FrontMatter, read_front_matter
from gatewright.constitution.lists import read_dimensions, read_terms
from gatewright.constitution.outline import Document, Section, is_comment, read_document, span
from gatewright.constitution.problems import Findings, Problem
from gatewright.constitution.records import FIELDS, Constitution, Rule
from gatewright.constitution.rules import named_sections, read_rule
from gatewright.constitution.sources import MAX_BYTES, clean_text, decode, read_bytes
from gatewright.errors import ConstitutionError

__all__ = ["Examination", "examine", "examine_file", "load", "parse"]

_SHARED = ("terms", "dimensions")


@dataclass(frozen=True, slots=True)
class Examination:
    """What reading a text came to; `constitution` is None when a problem is an error."""

    constitution: Constitution | None
    problems: tuple[Problem, ...]


def load(path: str | Path) -> Constitution:
    """Read and parse a markdown file.

    Raises:
        ConstitutionError: with every error of the file.
        InputError: there is no such file, or it cannot be read.
    """
    return _or_raise(examine_file(path))


def parse(text: str, *, name: str = "<string>") -> Constitution:
    """Parse markdown; `name` is what its errors call the file.

    Raises:
        ConstitutionError: with every error of the text.
    """
    return _or_raise(examine(text, name=name))


def examine_file(path: str | Path) -> Examination:
    """Read and parse a file, giving errors and warnings instead of raising them.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    text = decode(read_bytes(Path(path)), str(path))
    if isinstance(text, Problem):
        return Examination(None, (text,))
    return examine(text, name=str(path))


def examine(text: str, *, name: str = "<string>") -> Examination:
    """Parse markdown, giving errors and warnings instead of raising them."""
    if len(text) > MAX_BYTES:
        message = f"more than {MAX_BYTES:,} characters; expected at most that"
        return Examination(None, (Problem(name, 1, 1, "error", message),))
    text, findings = clean_text(text, name)
    document = read_document(text)
    check_blocks(document, findings)
    front = _front_matter(document, findings)
    title = _title(document, findings)
    constitution = _constitution(front, title, text, document, findings) if title else None
    return Examination(None if findings.errors else constitution, findings.problems)


def _or_raise(examination: Examination) -> Constitution:
    if examination.constitution is None:
        errors = (each for each in examination.problems if each.severity == "error")
        raise ConstitutionError([each.located for each in errors])
    return examination.constitution


def _constitution(
    front: FrontMatter | None, title: Section, source: str, document: Document, findings: Findings
) -> Constitution | None:
    shared = [each for each in title.sections if _is_shared(each)]
    parts = named_sections(shared, 2, _SHARED, findings)
    rules = _rules(title, front, document, findings)
    terms = read_terms(parts["terms"], document, findings) if "terms" in parts else ()
    dimensions = parts.get("dimensions")
    listed = read_dimensions(dimensions, document, findings) if dimensions else ()
    if front is None:
        return None
    return Constitution(
        name=front.name,
        version=front.version,
        judges=front.judges,
        title=title.title,
        purpose=document.prose(title.blocks),
        terms=terms,
        dimensions=listed,
        rules=rules,
        source=source,
    )


def _is_shared(section: Section) -> bool:
    return section.level == 2 and section.id is None and section.title.casefold() in _SHARED


def _front_matter(document: Document, findings: Findings) -> FrontMatter | None:
    node = document.front_matter
    if node is not None:
        return read_front_matter(node.content, span(node)[0] + 2, findings)
    expected = "expected ---, name, version and judges, and --- at the start of the file"
    opened = document.lines[0].strip() == "---"
    found = "the front matter opened here is never closed" if opened else "no front matter"
    findings.error(1, f"{found}; {expected}")
    return None


def _title(document: Document, findings: Findings) -> Section | None:
    """The one `#` heading, with everything outside it noted."""
    for block in document.preamble:
        if not is_comment(block):
            findings.error(span(block)[0] + 1, "text before the title; expected `# Title` first")
    titles = [section for section in document.top if section.level == 1]
    for section in document.top:
        if section.level > 1:
            message = "a heading before the title; expected `# Title` first"
            findings.error(section.line, message)
    for section in titles[1:]:
        message = (
            f"a second title (the first is in line {titles[0].line}); expected `## Rule {{#id}}`"
        )
        findings.error(section.line, message)
    if not titles:
        findings.error(1, "no title; expected `# Title` after the front matter")
        return None
    if not titles[0].title or titles[0].id is not None:
        findings.error(titles[0].line, "the title is empty or has an id; expected `# Title`")
    return titles[0]


def _rules(
    title: Section, front: FrontMatter | None, document: Document, findings: Findings
) -> tuple[Rule, ...]:
    fields = FIELDS[front.judges] if front else None
    rules: dict[str, Rule] = {}
    subjects = [each for each in title.sections if not _is_shared(each)]
    for section in subjects:
        if section.level != 2:
            message = f"{'#' * section.level} skips a level; expected `## Rule {{#id}}` above it"
            findings.error(section.line, message)
            continue
        rule = read_rule(section, fields, document, findings)
        if rule is None:
            continue
        first = rules.setdefault(rule.id, rule)
        if first is not rule:
            message = f"the rule id {rule.id!r} is taken in line {first.line}; expected another"
            findings.error(rule.line, message, at="{#")
    if not subjects:
        findings.error(title.line, "no rules; expected `## Rule {#id}` with a list of clauses")
    return tuple(rules.values())
