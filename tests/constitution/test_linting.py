"""Warnings: what is allowed and will serve its author badly."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatewright.constitution import lint, parse
from gatewright.constitution.problems import Problem

# What is replaced in the policy, by what, and the warning: line, column, words of the message.
WARNINGS = {
    "no permitted contrast": (
        "### Permitted\n- {#warn} Warning of a known scheme.\n", "",
        37, 1, "no permitted contrast for 'fraud/bait'"),
    "nothing restricted": (
        "### Restricted\n- {#bait} Luring a person into a payment.\n", "",
        33, 1, "restricts nothing"),
    "no text": ("Restricts attacks on people.\n", "", 16, 1, "the rule 'harassment' has no text"),
    "no purpose": (
        "Protects people who are written about.\n", "",
        6, 1, "no purpose under the title"),
    "short clause": ("Calling a person by a slur.", "Slurs", 21, 11, "the clause is only 'Slurs'"),
    "same clause twice": (
        "Calling a person by a slur.", "Threatening a person with harm.",
        21, 1, "the same text as the clause in line 20"),
    "no restricted example": (
        "- restricted (bait): You won, pay the fee now\n", "",
        33, 1, "no restricted example in the rule 'fraud'"),
    "single value": ("school, workplace", "school", 31, 3, "'setting' has a single value"),
    "derived rule id": ("## Fraud {#fraud}", "## Fraud", 33, 1, "write {#fraud}"),
    "derived clause id": ("{#slur} ", "", 21, 1, "write {#calling-a-person-by-a}"),
    "BOM": ("---\nname", "\ufeff---\nname", 1, 1, "byte order mark"),
    "CRLF": ("version: 1.0.0\n", "version: 1.0.0\r\n", 1, 1, "carriage returns"),
    "HTML": (
        "Restricts attacks on people.", "<div>\n## x\n</div>",
        17, 1, "HTML is read as plain text"),
    "comment in a line": (
        "attacks on people.", "attacks <!-- why? --> on people.",
        17, 19, "a comment inside a text"),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_is_located(name: str, policy_text: str, policy_file: Path) -> None:
    old, new, line, column, message = WARNINGS[name]
    text = policy_text.replace("- permitted (warn): Never pay a fee to collect a prize\n", "")
    text = text if "{#warn}" in old else policy_text
    text = (
        text.replace("- restricted (bait): You won, pay the fee now\n", "")
        if "{#bait}" in old
        else text
    )
    assert text.count(old) == 1
    policy_file.write_bytes(text.replace(old, new).encode())
    found = [each for each in lint(policy_file) if message in each.message]
    assert found, lint(policy_file)
    assert (found[0].line, found[0].column, found[0].severity) == (line, column, "warning")


def test_a_good_policy_has_no_problem(policy_file: Path) -> None:
    assert lint(policy_file) == []


def test_no_dimensions_at_all_is_a_warning(policy_text: str, policy_file: Path) -> None:
    start, end = policy_text.index("## Dimensions"), policy_text.index("## Harassment")
    text = policy_text[:start] + policy_text[end:]
    policy_file.write_text(text.replace("### Dimensions\n- setting: school, workplace\n", ""))
    assert any("no dimensions" in each.message for each in lint(policy_file))


def test_errors_and_warnings_come_together_in_order(policy_text: str, policy_file: Path) -> None:
    text = policy_text.replace("{#slur} ", "").replace("{#fraud}", "{#FRAUD}")
    policy_file.write_text(text)
    assert [(each.line, each.severity) for each in lint(policy_file)] == [
        (21, "warning"),
        (33, "error"),
    ]


def test_warnings_do_not_keep_a_policy_from_being_read(policy_text: str) -> None:
    assert parse(policy_text.replace("{#slur} ", "")).clauses


def test_an_unreadable_file_is_one_problem(policy_file: Path) -> None:
    policy_file.write_bytes(b"\xff")
    assert [each.line for each in lint(policy_file)] == [1]


def test_a_problem_reads_as_compilers_write_them() -> None:
    problem = Problem("p.md", 3, 7, "error", "found; expected")
    assert str(problem) == "p.md:3:7: error: found; expected"
    assert problem.located == "p.md:3:7: found; expected"
