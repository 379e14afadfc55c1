"""Whatever a file holds, reading it ends with a constitution or with located errors."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatewright.constitution import parse, render_request
from gatewright.constitution.parsing import examine
from gatewright.errors import ConstitutionError

UNCHECKED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
LOCATED = re.compile(r"<string>:\d+:\d+: .+", re.DOTALL)
PIECES = [
    "---", "name: x", "version: 1", "judges: prompt", "judges: exchange", "&a", "*a", "!!x",
    "# T", "## Rule {#r}", "## Rule", "### Restricted", "### Permitted", "### Examples",
    "### Dimensions", "## Terms", "## Dimensions", "#### deep", "===", "- {#a} Some clause here",
    "- {#b} Another clause", "- {#a", "- **T**: x", "- **T** x", "- d: a, b", "- d: a; b", "- d:",
    '- restricted (a): "x"', "- permitted (b):", "  - prompt: x", "  - response:", "    ```",
    "  ```", "```", "~~~", "<!--", "-->", "<div>", "> quote", "1. one", "\t- tab", "   ", "",
    "text", "{{ 7*7 }}", "\0", "\ud800", "\r", "\u2028", "\ufeff", "- - - x", "[a]: b", "    code",
]  # fmt: skip
HEAD = "---\nname: x\nversion: 1\njudges: exchange\n---\n# T\n## R {#r}\n### Restricted\n"


def check(text: str) -> None:
    """Only located errors, or a constitution whose every clause renders."""
    read = examine(text)
    lines = re.split("\r\n|\r|\n", text)
    for each in read.problems:
        assert LOCATED.fullmatch(each.located)
        assert 1 <= each.line <= len(lines)
    if read.constitution is None:
        with pytest.raises(ConstitutionError):
            parse(text)
        return
    assert not any(each.severity == "error" for each in read.problems)
    assert read.constitution.rules
    assert all(rule.clauses for rule in read.constitution.rules)
    for clause in read.constitution.clauses[:3]:
        prompt = render_request(
            read.constitution, clause, verdict="permitted", difficulty="plain", values={}, count=1
        )
        assert clause.text in prompt.messages[1]["content"]


@settings(max_examples=200, deadline=None, suppress_health_check=UNCHECKED)
@given(st.text(max_size=300))
def test_arbitrary_text(text: str) -> None:
    check(text)
    check(HEAD + text)


@settings(max_examples=400, deadline=None, suppress_health_check=UNCHECKED)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_arbitrary_markdown(pieces: list[str]) -> None:
    check("\n".join(pieces))
    check(HEAD + "\n".join(pieces))


@settings(max_examples=200, deadline=None, suppress_health_check=UNCHECKED)
@given(data=st.data())
def test_a_damaged_policy(data: st.DataObject, policy_text: str) -> None:
    start = data.draw(st.integers(0, len(policy_text)))
    length = data.draw(st.integers(0, 40))
    put = data.draw(st.sampled_from(PIECES) | st.text(max_size=5))
    check(policy_text[:start] + put + policy_text[start + length :])
