"""An edit changes the digests of what it touched, and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gatewright.constitution import Constitution, parse

Edit = Callable[[str, str], Constitution]


def changed(before: Constitution, after: Constitution) -> set[str]:
    """Ids of rules and clauses whose digest differs."""
    digests = []
    for constitution in (before, after):
        clauses = {clause.id: clause.digest for clause in constitution.clauses}
        digests.append({rule.id: rule.digest for rule in constitution.rules} | clauses)
    return {each for each in digests[0] if digests[0][each] != digests[1].get(each)}


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        (
            "Calling a person by a slur.",
            "Calling somebody by a slur.",
            {"harassment", "harassment/slur"},
        ),
        ("Restricts attacks on people.", "Restricts attacks.", {"harassment"}),
        ("You won, pay the fee now", "You won! Pay the fee", {"fraud"}),
        ("school, workplace", "school, home", {"harassment"}),
        ("## Fraud", "## Deceit", {"fraud"}),
        ("Protects people", "Protects those", set()),
        ("somebody alive", "anybody alive", set()),
        ("version: 1.0.0", "version: 1.0.1", set()),
        ("one line; a line", "two lines; a line", set()),
    ],
)
def test_an_edit_is_traceable(
    old: str, new: str, touched: set[str], edited: Edit, policy: Constitution
) -> None:
    after = edited(old, new)
    assert changed(policy, after) == touched
    assert after.digest != policy.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("## Fraud {#fraud}", "\n\n\n## Fraud {#fraud}"),
        ("judges: prompt", "judges: prompt   # what is judged"),
        ("- {#slur} Calling", "- {#slur}    Calling"),
        ("# Assistant safety\n", "#   Assistant safety   \n"),
        ("Restricts deceiving", "<!-- a thought -->\nRestricts deceiving"),
    ],
)
def test_layout_and_comments_change_nothing(
    old: str, new: str, edited: Edit, policy: Constitution
) -> None:
    after = edited(old, new)
    assert changed(policy, after) == set()
    assert after.digest == policy.digest


def test_the_verdict_of_a_clause_is_part_of_its_digest() -> None:
    text = (
        "---\nname: x\nversion: 1\njudges: prompt\n---\n# T\n## R {{#r}}\n### {}\n- {{#a}} same\n"
    )
    restricted, permitted = (parse(text.format(kind)) for kind in ("Restricted", "Permitted"))
    assert restricted.clauses[0].digest != permitted.clauses[0].digest
