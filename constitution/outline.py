"""The tree of headings over a markdown document, and raw text by line numbers.

Takes text; gives sections with their blocks as markdown-it nodes. Text is always cut from the
source lines, never rendered, so that what an author wrote is what a model reads.
Knows nothing about rules and clauses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.front_matter import front_matter_plugin

__all__ = ["Document", "Item", "Section", "is_comment", "is_list", "read_document", "span"]

_ID = re.compile(r"\{#([^{}]*)\}\Z")
_MARKER = re.compile(r"\s*(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|$)")


@dataclass(slots=True)
class Section:
    """A heading, what stands under it, and the sections below it."""

    level: int
    title: str
    id: str | None
    """What stands in `{#...}`, unchecked; None when there is none."""
    line: int
    blocks: list[SyntaxTreeNode] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Item:
    """A list item: its raw text without the marker, and its blocks."""

    text: str
    line: int
    blocks: tuple[SyntaxTreeNode, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file."""

    lines: list[str]
    front_matter: SyntaxTreeNode | None
    preamble: list[SyntaxTreeNode]
    """Blocks before the first heading."""
    top: list[Section]
    """The headings that have no heading above them."""
    nodes: list[SyntaxTreeNode]
    """Every block at the top level."""

    def raw(self, start: int, end: int) -> str:
        """The source lines `start` to `end` (from 0, end excluded) as they stand."""
        return "\n".join(self.lines[start:end])

    def prose(self, blocks: Iterable[SyntaxTreeNode]) -> str:
        """The source of blocks, a blank line between those that had any, comments left out."""
        kept: list[str] = []
        last: int | None = None
        for block in blocks:
            start, end = span(block)
            if is_comment(block):
                continue
            if kept and last is not None and start > last:
                kept.append("")
            kept.extend(self.lines[start:end])
            while kept and not kept[-1].strip():
                kept.pop()
            last = _last_written(self.lines, start, end)
        return "\n".join(kept).strip("\n")

    def items(self, listing: SyntaxTreeNode) -> Iterator[Item]:
        """The items of a list, each with its text dedented and comments left out."""
        for node in listing.children:
            start, end = span(node)
            comments = (span(each) for each in node.children if is_comment(each))
            left_out = {line for first, after in comments for line in range(first, after)}
            yield Item(_dedented(self.lines, start, end, left_out), start + 1, tuple(node.children))


def read_document(text: str) -> Document:
    """Parse markdown (CommonMark with front matter) into headings and blocks.

    Reference definitions and inline markup are not interpreted: both would take text away.
    """
    parser = MarkdownIt("commonmark").use(front_matter_plugin).disable(["reference", "inline"])
    nodes = SyntaxTreeNode(parser.parse(text)).children
    front = nodes.pop(0) if nodes and nodes[0].type == "front_matter" else None
    document = Document(text.split("\n"), front, [], [], list(nodes))
    open_sections: list[Section] = []
    for node in nodes:
        if node.type != "heading":
            (open_sections[-1].blocks if open_sections else document.preamble).append(node)
            continue
        section = _section(node)
        while open_sections and open_sections[-1].level >= section.level:
            open_sections.pop()
        (open_sections[-1].sections if open_sections else document.top).append(section)
        open_sections.append(section)
    return document


def span(node: SyntaxTreeNode) -> tuple[int, int]:
    """First line and the line after the last, from 0."""
    assert node.map is not None, node.type
    return node.map


def is_comment(node: SyntaxTreeNode) -> bool:
    """Whether a block is nothing but HTML comments."""
    if node.type != "html_block":
        return False
    # By hand: a lazy pattern would look for the end anew from every one of many openings.
    text, position = node.content.strip(), 0
    while text.startswith("<!--", position):
        end = text.find("-->", position + 4)
        if end < 0:
            return False
        position = end + 3
        while text[position : position + 1].isspace():
            position += 1
    return position == len(text)


def is_list(node: SyntaxTreeNode) -> bool:
    return node.type in ("bullet_list", "ordered_list")


def _section(node: SyntaxTreeNode) -> Section:
    content = node.children[0].content if node.children else ""
    written = _ID.search(content.rstrip())
    title = content[: written.start()] if written else content
    identifier = written[1] if written else None
    return Section(int(node.tag[1:]), title.strip(), identifier, span(node)[0] + 1)


def _last_written(lines: list[str], start: int, end: int) -> int:
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _dedented(lines: list[str], start: int, end: int, left_out: set[int]) -> str:
    marker = _MARKER.match(lines[start])
    taken = marker[0] if marker else ""
    # In columns: a tab reaches the next stop of 4, and a marker at the line's end counts a space.
    width = len(taken.expandtabs(4)) + (taken[-1:] not in (" ", "\t"))
    kept = [] if start in left_out else [lines[start][len(taken) :]]
    rest = (number for number in range(start + 1, end) if number not in left_out)
    kept.extend(_without_indent(lines[number], width) for number in rest)
    return "\n".join(kept).strip(" \t\n")


def _without_indent(line: str, width: int) -> str:
    """`line` without its first `width` columns of white space; a tab reaches the next stop of 4."""
    column = 0
    for position, character in enumerate(line):
        if column >= width or character not in " \t":
            return line[position:]
        column += 4 - column % 4 if character == "\t" else 1
    return ""
