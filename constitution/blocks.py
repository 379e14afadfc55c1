"""Blocks that swallow more than their author meant: unclosed fences and comments, HTML.

Takes a parsed document; notes problems. Knows nothing about rules and clauses.
"""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.tree import SyntaxTreeNode

from gatewright.constitution.outline import Document, is_comment, span
from gatewright.constitution.problems import Findings

__all__ = ["check_blocks"]


def check_blocks(document: Document, findings: Findings) -> None:
    """Note unclosed fences (error), unclosed comments (error) and HTML (warning) at any depth."""
    for node in _walk(document.nodes):
        line = span(node)[0] + 1
        if node.type == "fence" and not _closed(node, document):
            expected = f"expected a line {node.markup} after the text"
            findings.error(
                line, f"the fence opened here is never closed; {expected}", at=node.markup
            )
        elif node.type == "html_block" and not is_comment(node):
            _check_html(node, line, findings)
        elif node.type == "inline" and "<!--" in node.content:
            message = "a comment inside a text is read as part of it; put it on lines of its own"
            findings.warning(line, message, at="<!--")


def _walk(nodes: list[SyntaxTreeNode]) -> Iterator[SyntaxTreeNode]:
    for node in nodes:
        if node.map is not None:
            yield node
        yield from _walk(node.children)


def _check_html(node: SyntaxTreeNode, line: int, findings: Findings) -> None:
    if node.content.lstrip().startswith("<!--") and "-->" not in node.content:
        findings.error(line, "the comment opened here is never closed; expected -->", at="<!--")
    else:
        findings.warning(
            line, "HTML is read as plain text, headings in it too; write markdown", at="<"
        )


def _closed(fence: SyntaxTreeNode, document: Document) -> bool:
    start, end = span(fence)
    last = document.lines[end - 1].lstrip(" \t>")
    return (
        end - 1 > start
        and last.startswith(fence.markup)
        and not last.strip(fence.markup[0] + " \t")
    )
