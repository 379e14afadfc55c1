"""What an author's template may not contain, found before any of it runs.

Takes template source; raises `TemplateError`. Knows nothing about what templates are for.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from gatewright.constitution.sandbox import parsed
from gatewright.errors import TemplateError

__all__ = ["check_template"]

_MAX_BYTES = 64_000
_MAX_LOOPS = 3
_OTHER_FILES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_METHODS = frozenset(
    ("center", "expandtabs", "format", "format_map", "join", "ljust", "replace", "rjust", "zfill")
)


def check_template(source: str, label: str) -> None:
    """Refuse a template that is too large, loops too deep, or is built to grow.

    Raises:
        TemplateError: as `file:line: message`; syntax errors too.
    """
    if len(source.encode("utf-8", "surrogatepass")) > _MAX_BYTES:
        raise TemplateError(
            f"{label}:1: more than {_MAX_BYTES:,} bytes; expected a shorter template"
        )
    try:
        for line, reason in _refusals(parsed(source, label), loops=0):
            raise TemplateError(f"{label}:{line}: {reason}")
    except RecursionError:
        raise TemplateError(f"{label}:1: nested too deep; expected a flatter template") from None


def _refusals(node: nodes.Node, loops: int) -> Iterator[tuple[int, str]]:
    if isinstance(node, nodes.For):
        loops += 1
        if loops > _MAX_LOOPS:
            yield node.lineno, f"loops nested more than {_MAX_LOOPS} deep"
        if node.recursive:
            yield node.lineno, "a recursive loop; expected plain loops"
    reason = _refusal(node)
    if reason is not None:
        yield node.lineno, reason
    for child in node.iter_child_nodes():
        yield from _refusals(child, loops)


def _refusal(node: nodes.Node) -> str | None:
    if isinstance(node, _OTHER_FILES):
        return "a template cannot take in other files; expected all of it in one"
    if isinstance(node, nodes.Mul | nodes.Pow) and not _literal_numbers(node):
        return f"{node.operator} on anything but two literal numbers"
    if isinstance(node, nodes.Getattr) and node.attr in _METHODS:
        return f"the method {node.attr}; expected a filter such as join or replace"
    return None


def _literal_numbers(node: nodes.BinExpr) -> bool:
    return all(
        isinstance(side, nodes.Const) and isinstance(side.value, int | float)
        for side in (node.left, node.right)
    )
