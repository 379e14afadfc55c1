"""The examples an author wrote under a rule.

    - restricted (clause): "text"                   one judged field, on the line
    - permitted (clause):                           one field, in a fence below
    - restricted (clause):                          several fields, or one, by name:
      - prompt: "text"
      - response: a fence below, or text

Takes list items; gives frozen records whose texts are the source's own characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Literal, cast

from markdown_it.tree import SyntaxTreeNode

from gatewright.constitution.lists import list_items
from gatewright.constitution.outline import Document, Item, Section, is_comment, is_list
from gatewright.constitution.problems import Findings
from gatewright.constitution.records import Clause, VerdictName, WrittenExample

__all__ = ["read_examples"]

_HEAD = re.compile(
    r"(?P<verdict>[A-Za-z]+)[ \t]*\((?P<clause>[^()\n]*)\)[ \t]*:[ \t]*(?P<text>.*)", re.DOTALL
)
_FIELD = re.compile(r"(?P<name>[A-Za-z]+)[ \t]*:[ \t]*(?P<text>.*)", re.DOTALL)
_QUOTES = {'"': '"', "\u201c": "\u201d"}


def read_examples(
    section: Section,
    clauses: Mapping[str, Clause],
    fields: tuple[str, ...],
    document: Document,
    findings: Findings,
) -> tuple[WrittenExample, ...]:
    """The examples of one rule; `clauses` are the rule's own, by short id."""
    reader = _Reader(clauses, fields, document, findings)
    read = (reader.example(item) for item in list_items(section, document, findings))
    return tuple(example for example in read if example is not None)


class _Reader:
    """What every example of a rule is checked against."""

    def __init__(
        self,
        clauses: Mapping[str, Clause],
        fields: tuple[str, ...],
        document: Document,
        findings: Findings,
    ) -> None:
        self._clauses = clauses
        self._fields = fields
        self._document = document
        self._findings = findings

    def example(self, item: Item) -> WrittenExample | None:
        head = _HEAD.fullmatch(item.text)
        if head is None:
            expected = 'expected `- restricted (clause): "text"` or `- permitted (clause): "text"`'
            self._findings.error(item.line, f"no example; {expected}")
            return None
        clause = self._clause(head, item.line)
        texts = self._texts(head["text"], item)
        if clause is None or texts is None:
            return None
        return WrittenExample(clause.id, clause.verdict, texts, item.line)

    def _clause(self, head: re.Match[str], line: int) -> Clause | None:
        verdict, named = head["verdict"], head["clause"].strip()
        if verdict not in ("restricted", "permitted"):
            message = f"the verdict {verdict!r}; expected restricted or permitted"
            self._findings.error(line, message, at=verdict)
            return None
        clause = self._clauses.get(named) or self._clauses.get(named.partition("/")[2])
        if clause is not None and named not in (clause.id, clause.id.partition("/")[2]):
            clause = None
        if clause is None:
            known = ", ".join(islice(self._clauses, 12)) or "none"
            message = f"no clause {named!r} in this rule; expected one of: {known}"
            self._findings.error(line, message, at=f"({head['clause']})")
            return None
        if clause.verdict != cast(VerdictName, verdict):
            message = f"called {verdict}, but the clause {named!r} is {clause.verdict}"
            self._findings.error(line, f"{message}; expected the same word", at=verdict)
            return None
        return clause

    def _texts(self, inline: str, item: Item) -> dict[str, str] | None:
        """The judged texts by field name."""
        blocks = [block for block in item.blocks[1:] if not is_comment(block)]
        kind = _shape(inline, blocks)
        if kind == "named":
            return self._named(blocks[0], item.line)
        if len(self._fields) > 1:
            names = " and ".join(f"`- {name}: ...`" for name in self._fields)
            self._findings.error(item.line, f"text on the line; expected {names} below it")
            return None
        text = self._text(inline, blocks, kind, item.line)
        return None if text is None else {self._fields[0]: text}

    def _named(self, listing: SyntaxTreeNode, line: int) -> dict[str, str] | None:
        texts: dict[str, str] = {}
        complete = True
        for item in self._document.items(listing):
            match = _FIELD.fullmatch(item.text)
            if match is None or match["name"] not in self._fields or match["name"] in texts:
                names = " and ".join(f"`- {name}: ...`" for name in self._fields)
                self._findings.error(item.line, f"no field of this example; expected {names}, once")
                complete = False
                continue
            blocks = [block for block in item.blocks[1:] if not is_comment(block)]
            kind = _shape(match["text"], blocks)
            text = self._text(match["text"], blocks, kind, item.line)
            texts[match["name"]] = text or ""
            complete = complete and text is not None
        missing = [name for name in self._fields if name not in texts]
        if complete and missing:
            message = f"an example without {missing[0]!r}; expected `- {missing[0]}: ...` below it"
            self._findings.error(line, message)
        return {name: texts[name] for name in self._fields} if complete and not missing else None

    def _text(self, inline: str, blocks: list[SyntaxTreeNode], kind: str, line: int) -> str | None:
        text = blocks[0].content.removesuffix("\n") if kind == "fence" else _unquoted(inline)
        if not text.strip():
            self._findings.error(line, "an example without text; expected it after the colon")
            return None
        return text


def _shape(inline: str, blocks: list[SyntaxTreeNode]) -> Literal["inline", "fence", "named"]:
    """Where a text stands: after the colon, in the one fence below, or under field names."""
    if inline.split("\n", 1)[0].strip() or len(blocks) != 1:
        return "inline"
    if blocks[0].type == "fence":
        return "fence"
    return "named" if is_list(blocks[0]) else "inline"


def _unquoted(text: str) -> str:
    """`text` without the outer pair of quotation marks, if it stands in one."""
    text = text.strip(" \t\n")
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1]
    return text
