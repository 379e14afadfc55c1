"""Every mistake is named with file, line and column, and all of them at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatewright.constitution import load, parse
from gatewright.errors import ConstitutionError

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nname: *b"

# What is replaced in the policy, by what, and the problem: line, column, words of the message.
MISTAKES = {
    "no front matter": (
        "---\nname: assistant-safety\nversion: 1.0.0\njudges: prompt\n---\n", "",
        1, 1, "no front matter"),
    "unclosed front matter": ("judges: prompt\n---\n", "judges: prompt\n", 1, 1, "never closed"),
    "missing key": ("version: 1.0.0\n", "", 1, 1, "no 'version'"),
    "unknown key": ("version: 1.0.0", "version: 1.0.0\nauthor: me", 4, 1, "unknown key 'author'"),
    "key twice": ("version: 1.0.0", "version: 1.0.0\nversion: 2", 4, 1, "'version' is given twice"),
    "wrong kind": (
        "judges: prompt", "judges: everything",
        4, 9, "judges is 'everything'; expected one of prompt"),
    "wrong name": ("name: assistant-safety", "name: Assistant Safety", 2, 7, "expected lower-case"),
    "wrong version": ("version: 1.0.0", "version: one point oh", 3, 10, "a version such as"),
    "YAML list": ("version: 1.0.0", "version: [1]", 3, 1, "not plain text"),
    "YAML mapping": ("version: 1.0.0", "version:\n  a: b", 4, 3, "not plain text"),
    "YAML tag": ("version: 1.0.0", "version: !!python/name:os.system x", 3, 1, "the YAML tag"),
    "YAML anchor": ("version: 1.0.0", "version: &v 1", 3, 1, "the YAML anchor &v"),
    "YAML alias": ("version: 1.0.0", "version: *v", 3, 1, "the YAML alias *v"),
    "YAML bomb": ("name: assistant-safety", BOMB, 2, 1, "the YAML anchor &a"),
    "broken YAML": ("version: 1.0.0", "version: 'open", 4, 1, "not YAML"),
    "long front matter": ("version: 1.0.0", "version: 1 #" + "x" * 9000, 1, 1, "8,000 characters"),
    "no title": ("# Assistant safety\n", "", 1, 1, "no title"),
    "empty title": ("# Assistant safety\n", "#\n", 6, 1, "the title is empty"),
    "second title": (
        "## Fraud {#fraud}", "# Fraud",
        33, 1, "a second title (the first is in line 6)"),
    "text before the title": (
        "---\n# Assist", "---\nhello\n# Assist",
        6, 1, "text before the title"),
    "heading before the title": (
        "# Assistant", "## Early\n# Assistant",
        6, 1, "a heading before the title"),
    "skipped level": ("## Fraud {#fraud}", "### Other {#x}", 33, 1, "unknown heading 'Other {#x}'"),
    "level skipped in a rule": (
        "### Restricted\n- {#threat}", "#### Restricted\n- {#threat}",
        19, 1, "#### skips a level"),
    "level skipped below the title": ("## Terms", "### Terms", 10, 1, "### skips a level"),
    "unknown part": (
        "### Examples\n- restricted (threat)", "### Samples\n- restricted (threat)",
        26, 1, "unknown heading 'Samples'"),
    "part twice": (
        "### Permitted\n- {#report}", "### Restricted\n- {#report}",
        23, 1, "a second 'Restricted' (the first is in line 19)"),
    "heading below a part": (
        "- {#slur} Calling", "#### More\n- {#slur} Calling",
        21, 1, "a heading below 'Restricted'"),
    "terms twice": ("## Dimensions\n- length", "## Terms\n- length", 13, 1, "a second 'Terms'"),
    "rule id twice": (
        "{#fraud}", "{#harassment}",
        33, 10, "the rule id 'harassment' is taken in line 16"),
    "rule id malformed": ("{#fraud}", "{#Fraud!}", 33, 10, "the id {#Fraud!}; expected lower-case"),
    "rule without a usable title": ("## Fraud {#fraud}", "## 詐欺", 33, 1, "no id can be derived"),
    "clause id twice": (
        "{#slur}", "{#threat}",
        21, 3, "the id 'threat' is taken by the clause in line 20"),
    "clause id in both lists": ("{#report}", "{#slur}", 24, 3, "the id 'slur' is taken"),
    "clause id malformed": ("{#slur}", "{#A b}", 21, 3, "the id {#A b}; expected"),
    "clause id at the end": (
        "{#slur} Calling a person by a slur.", "Calling names {#slur}",
        21, 17, "expected `- {#slur} what it says`"),
    "clause without text": (
        "{#slur} Calling a person by a slur.", "{#slur}",
        21, 1, "a clause without text"),
    "empty item": ("- {#slur} Calling a person by a slur.", "-", 21, 1, "a clause without text"),
    "text among clauses": (
        "- {#slur} Calling", "\nSome words.\n\n- {#slur} Calling",
        22, 1, "text under 'Restricted'"),
    "empty part": (
        "- {#bait} Luring a person into a payment.\n", "",
        36, 1, "nothing under 'Restricted'"),
    "clauses outside a list": (
        "### Restricted\n- {#bait}", "- {#bait}",
        36, 3, "a clause outside its list"),
    "malformed term": ("- **Person**:", "- Person:", 11, 1, "is no term; expected `- **Name**"),
    "term twice": ("identified.\n", "identified.\n- **Person**: again\n", 12, 1, "defined twice"),
    "malformed dimension": ("- setting: school, workplace", "- school", 31, 1, "is no dimension"),
    "dimension twice": ("workplace\n", "workplace\n- setting: a, b\n", 32, 1, "given twice"),
    "dimension value twice": (
        "school, workplace", "school, school",
        31, 12, "the value 'school' is given twice"),
    "empty dimension value": ("school, workplace", "school,, home", 31, 1, "an empty value"),
    "unclosed fence": (
        "Restricts attacks on people.", "```\ncode",
        17, 1, "the fence opened here is never closed"),
    "unclosed fence in an item": (
        "I will find you\"\n", "x\"\n- permitted (report):\n  ```\n  a\n",
        29, 3, "never closed"),
    "unclosed comment": (
        "Restricts attacks on people.", "<!-- open",
        17, 1, "the comment opened here is never closed"),
    "NUL": ("attacks on people", "attacks \0 on people", 17, 19, "a NUL character"),
    "lone surrogate": ("attacks on people", "attacks \udc80 on people", 17, 19, "U+DC80"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_located(mistake: str, policy_text: str) -> None:
    old, new, line, column, message = MISTAKES[mistake]
    assert policy_text.count(old) == 1
    with pytest.raises(ConstitutionError) as error:
        parse(policy_text.replace(old, new), name="p.md")
    matching = [each for each in error.value.problems if message in each]
    assert matching, error.value.problems
    assert matching[0].startswith(f"p.md:{line}:{column}: ")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("# T\n\nNo rules here.", "no rules"),
        ("# T\n## A {#a}", "neither text nor clauses"),
        ("# T\n## A {#a}\nText only.", "has no clauses; expected ### Restricted"),
        ("", "no title"),
    ],
)
def test_a_constitution_that_restricts_nothing_is_refused(body: str, message: str) -> None:
    head = "---\nname: x\nversion: 1\njudges: prompt\n---\n"
    with pytest.raises(ConstitutionError, match=re.escape(message)):
        parse(head + body)


def test_all_errors_are_told_at_once_in_the_order_of_the_file(policy_text: str) -> None:
    text = policy_text.replace("judges: prompt", "judges: pigs").replace("{#slur}", "{#threat}")
    text = text.replace("{#fraud}", "{#harassment}").replace("### Dimensions", "### Ways")
    with pytest.raises(ConstitutionError) as error:
        parse(text)
    lines = [int(each.split(":")[1]) for each in error.value.problems]
    assert lines == [4, 21, 30, 33]
    assert str(error.value) == "\n".join(error.value.problems)


def test_bytes_that_are_not_utf8_are_located(policy_file: Path) -> None:
    policy_file.write_bytes(policy_file.read_bytes().replace(b"attacks", b"att\xffacks"))
    with pytest.raises(ConstitutionError, match=r"policy\.md:17:14: byte 0xff is not UTF-8"):
        load(policy_file)


def test_a_file_of_ten_megabytes_is_refused_without_being_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatewright.constitution.parsing.read_document", None)
    path = tmp_path / "huge.md"
    path.write_bytes(b"- {#a} x\n" * 1_200_000)
    with pytest.raises(ConstitutionError, match=r"huge\.md:1:1: more than 1,000,000 bytes"):
        load(path)


def test_ten_thousand_rules_are_read(tmp_path: Path) -> None:
    rules = (
        f"## R {{#r{n}}}\n### Restricted\n- {{#a}} bad thing {n}\n### Permitted\n- {{#b}} good\n"
        for n in range(10_000)
    )
    text = "---\nname: x\nversion: 1\njudges: prompt\n---\n# T\n" + "".join(rules)
    constitution = parse(text)
    assert len(constitution.clauses) == 20_000
    assert constitution.clauses[-2].text == "bad thing 9999"
