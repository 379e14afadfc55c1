"""What a well-formed file becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.constitution import Constitution, Dimension, Term, load, parse
from gatewright.errors import InputError

Edit = Callable[[str, str], Constitution]


def test_everything_written_is_in_the_record(policy: Constitution, policy_text: str) -> None:
    assert (policy.name, policy.version, policy.judges) == ("assistant-safety", "1.0.0", "prompt")
    assert policy.title == "Assistant safety"
    assert policy.purpose == "Protects people who are written about."
    assert policy.terms == (Term("Person", "somebody alive who can be identified.", 11),)
    assert policy.source == policy_text
    assert policy.rule_ids == ("harassment", "fraud")
    rule = policy.rule("harassment")
    assert rule.title == "Harassment"
    assert rule.text == "Restricts attacks on people."
    assert [(each.id, each.verdict, each.text) for each in rule.clauses] == [
        ("harassment/threat", "restricted", "Threatening a person with harm."),
        ("harassment/slur", "restricted", "Calling a person by a slur."),
        ("harassment/report", "permitted", "Reporting or condemning harassment."),
    ]
    assert [(each.clause, each.verdict, each.fields) for each in rule.examples] == [
        ("harassment/threat", "restricted", {"prompt": "I will find you"}),
        ("harassment/report", "permitted", {"prompt": 'He wrote "I will find you" to me'}),
    ]


def test_records_name_their_lines(policy: Constitution, policy_text: str) -> None:
    lines = policy_text.split("\n")
    for clause in policy.clauses:
        assert clause.text in lines[clause.line - 1]
    for rule in policy.rules:
        assert lines[rule.line - 1].startswith(f"## {rule.title}")
        for example in rule.examples:
            assert example.fields["prompt"] in lines[example.line - 1]


def test_dimensions_split_on_commas_or_on_semicolons(policy: Constitution) -> None:
    shared = Dimension("length", ("one line", "a line, and another"), 14)
    own = Dimension("setting", ("school", "workplace"), 31)
    assert policy.dimensions == (shared,)
    assert policy.dimensions_of(policy.rule("harassment")) == (own, shared)
    assert policy.dimensions_of(policy.rule("fraud")) == (shared,)


def test_a_file_reads_as_its_text_does(policy_file: Path, policy: Constitution) -> None:
    assert load(policy_file) == policy
    assert Constitution.load(str(policy_file)) == policy


@pytest.mark.parametrize(
    ("old", "new"), [("\n", "\r\n"), ("\n", "\r"), ("---\nname", "\ufeff---\nname")]
)
def test_line_ends_and_bom_make_no_difference(
    old: str, new: str, policy_text: str, policy: Constitution
) -> None:
    assert parse(policy_text.replace(old, new)) == policy


@pytest.mark.parametrize(
    "text",
    [
        "Threats &amp; *insults* of `people` \\* [a](b) <b>x</b>.",
        "[link]: https://example.org 'title'",
        "Two lines\n  of one clause",
        "A clause with\n\n  a second paragraph",
        "A clause with\n  - a list\n    - in a list",
        "Trailing  double  spaces",
        "1) numbered? # no heading",
        "日本語と \u200b zero width, \u2028 separators, \x0b and \x0c",
        "a {brace} {{ 7*7 }} {% raw %} {#comment#}.",
    ],
)
def test_a_clause_is_its_source_without_the_indent(text: str, edited: Edit) -> None:
    clause = edited("Calling a person by a slur.", text).clause("harassment/slur")
    assert clause.text == text.replace("\n  ", "\n")


def test_prose_keeps_paragraphs_lists_and_code(edited: Edit) -> None:
    prose = "First\nline.\n\n- a\n- b\n\n```\n## no heading\n```\n\n> quoted"
    assert edited("Restricts attacks on people.", prose).rule("harassment").text == prose


def test_comments_on_their_own_lines_are_no_text(edited: Edit, policy: Constitution) -> None:
    comment = "<!-- note\n## not a rule {#x}\n-->"
    for old, new in [
        ("Restricts attacks on people.", f"{comment}\nRestricts attacks on people.\n\n{comment}"),
        ("- {#slur} Calling", f"{comment}\n\n- {{#slur}} Calling"),
        ("by a slur.", "by a slur.\n  <!-- in the item -->"),
        ("# Assistant safety", f"{comment}\n\n# Assistant safety"),
        ("- **Person**", f"{comment}\n\n- **Person**"),
    ]:
        assert edited(old, new).digest == policy.digest


def test_other_list_and_heading_styles_read_the_same(
    policy_text: str, policy: Constitution
) -> None:
    other = policy_text.replace("\n- ", "\n*   ").replace(
        "# Assistant safety", "Assistant safety\n==="
    )
    other = other.replace("## Fraud {#fraud}", "## Fraud {#fraud} ##")
    assert parse(other).digest == policy.digest


def test_ids_are_derived_when_not_written(edited: Edit) -> None:
    derived = edited(
        "- {#slur} Calling a person by a slur.", "- Calling Zoë's dog names, again and again"
    )
    assert derived.rule("harassment").clauses[1].id == "harassment/calling-zoes-dog-names-again"
    assert "fraud" in edited("## Fraud {#fraud}", "## Fraud").rule_ids


def test_yaml_values_stay_as_they_are_written(edited: Edit) -> None:
    assert edited("version: 1.0.0", "version: 1.10").version == "1.10"
    assert edited("judges: prompt", "judges: 'document'  # comment").judges == "document"


def test_an_absent_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gatewright new"):
        load(tmp_path / "absent.md")
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path)
