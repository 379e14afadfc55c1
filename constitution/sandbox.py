"""Jinja2 with everything taken away that a prompt template does not need.

Takes template source and plain values; gives text, or one `TemplateError` with file and line.
Jinja2's sandbox bounds neither time nor memory, so operators, string methods and filters are
limited to those whose result is about as long as their input, and the output is capped. Authors'
templates run in a process of their own on top of that (`gatewright.constitution.isolation`).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gatewright.errors import TemplateError

__all__ = ["MAX_PROMPT", "Sandbox", "parsed", "render"]

MAX_PROMPT = 256_000
"""The longest prompt, in characters, that a template may render to."""

_MAX_NUMBER = 1_000_000


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILTERS = _names("""
abs capitalize count d default dictsort escape e first float int items join last length list lower
map max min reject rejectattr replace reverse round select selectattr sort string sum title tojson
trim unique upper wordcount""")
_TESTS = _names("""
boolean defined divisibleby eq equalto even false float ge gt greaterthan in integer iterable le
lower lt lessthan mapping ne none number odd sameas sequence string true undefined upper
== != < > <= >=""")
_METHODS: dict[type, frozenset[str]] = {
    str: _names("""
    capitalize casefold count endswith find index isalnum isalpha isascii isdigit islower isspace
    istitle isupper lower lstrip partition removeprefix removesuffix rpartition rsplit rstrip split
    splitlines startswith strip swapcase title upper"""),
    dict: frozenset(["get", "items", "keys", "values"]),
    list: frozenset(["count", "index"]),
    tuple: frozenset(["count", "index"]),
    int: frozenset(),
    float: frozenset(),
}


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment without loader, autoescape and anything that grows without bound."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            # Nothing is worked out while compiling, where no time is counted.
            optimized=False,
        )
        self.globals = {name: self.globals[name] for name in ("range", "dict", "namespace")}
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters["join"] = _bounded_join
        self.filters["replace"] = _bounded_replace
        self.tests = {name: self.tests[name] for name in _TESTS}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        for kind, allowed in _METHODS.items():
            if isinstance(obj, kind):
                return attr in allowed
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "+":
            if not numbers and _size(left) + _size(right) > MAX_PROMPT:
                raise SecurityError("+ makes a value that is too long")
        elif not numbers:
            raise SecurityError(f"{operator} works on numbers only")
        elif abs(left) > _MAX_NUMBER or abs(right) > (64 if operator == "**" else _MAX_NUMBER):
            raise SecurityError(f"{operator} on numbers that large")
        return super().call_binop(context, operator, left, right)


def render(source: str, label: str, context: Mapping[str, Any]) -> str:
    """Render `source` with plain values; `label` is what errors call the file.

    Raises:
        TemplateError: whatever goes wrong, as `file:line: message`.
    """
    with _one_error(label):
        return _capped(_compiled(source, label), context)


def parsed(source: str, label: str) -> nodes.Template:
    """The syntax tree of `source`, nothing of it run.

    Raises:
        TemplateError: it is no Jinja, as `file:line: message`.
    """
    with _one_error(label):
        return _SANDBOX.parse(source, name=label, filename=label)


@contextmanager
def _one_error(label: str) -> Iterator[None]:
    try:
        yield
    except TemplateError:
        raise
    # Jinja lets through whatever its generated code raises: RecursionError, IndentationError,
    # OverflowError, TypeError, MemoryError ... All of them are mistakes in the template.
    except Exception as error:
        raise TemplateError(f"{label}:{_line(error, label)}: {_reason(error)}") from error


@lru_cache(maxsize=64)
def _compiled(source: str, label: str) -> Template:
    code = _SANDBOX.compile(source, name=label, filename=label)
    return Template.from_code(_SANDBOX, code, _SANDBOX.make_globals(None))


def _capped(template: Template, context: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    length = 0
    for piece in template.generate(**context):
        length += len(piece)
        if length > MAX_PROMPT:
            raise ValueError(f"the prompt is longer than {MAX_PROMPT:,} characters")
        pieces.append(piece)
    return "".join(pieces)


def _line(error: BaseException, label: str) -> int:
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == label), 1)


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 1


def _bounded_join(values: Any, separator: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        values = [_SANDBOX.getitem(value, attribute) for value in values]
    pieces = [str(value) for value in values]
    _check_length(sum(map(len, pieces)) + len(str(separator)) * len(pieces), "join")
    return str(separator).join(pieces)


def _bounded_replace(text: Any, old: str, new: str) -> str:
    replaced = str(text)
    _check_length(len(replaced) + replaced.count(old) * len(new), "replace")
    return replaced.replace(old, new)


def _check_length(length: int, name: str) -> None:
    if length > MAX_PROMPT:
        raise SecurityError(f"{name} makes a text that is too long")


_SANDBOX = Sandbox()
