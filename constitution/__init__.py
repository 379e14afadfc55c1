"""A constitution: the written policy, its records, its linter and the prompts it becomes.

Takes a markdown file; gives frozen records with digests, located problems, and messages for a
generator. Knows nothing about models, data sets and training.
"""

from __future__ import annotations

if __name__ == "constitution":
    raise ModuleNotFoundError(
        "import gatewright.constitution, not constitution", name="constitution"
    )

from gatewright.constitution.linting import inspect, lint
from gatewright.constitution.parsing import load, parse
from gatewright.constitution.problems import Problem
from gatewright.constitution.prompts import (
    Difficulty,
    Message,
    Prompt,
    first_values,
    render_request,
    reply_schema,
)
from gatewright.constitution.records import (
    FIELDS,
    Clause,
    Constitution,
    Dimension,
    Judges,
    Rule,
    Term,
    VerdictName,
    WrittenExample,
)
from gatewright.constitution.shelf import find_constitution, library_names, library_path
from gatewright.constitution.starting import copied, starter

__all__ = [
    "FIELDS",
    "Clause",
    "Constitution",
    "Difficulty",
    "Dimension",
    "Judges",
    "Message",
    "Problem",
    "Prompt",
    "Rule",
    "Term",
    "VerdictName",
    "WrittenExample",
    "copied",
    "find_constitution",
    "first_values",
    "inspect",
    "library_names",
    "library_path",
    "lint",
    "load",
    "parse",
    "render_request",
    "reply_schema",
    "starter",
]
