"""The reformatter: siblings in other forms, under both verdicts alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from gatewright.constitution import Constitution
from gatewright.training.examples import Example
from gatewright.training.roles import FORMS, reformat

from .conftest import Item, Player, Says

Make = Callable[[str, Says], Player]


def louder(item: Item) -> dict[str, Any]:
    return {"prompt": item["prompt"].upper(), "response": item["response"].upper()}


def test_originals_stay_and_siblings_share_their_group(
    constitution: Constitution, examples: list[Example], player: Make
) -> None:
    result = reformat(constitution, examples, ask=player("texts", louder), share=0.5)
    assert result.kept[: len(examples)] == examples
    originals = {each.id: each for each in examples}
    siblings = result.kept[len(examples) :]
    assert 15 < len(siblings) < 45
    for each in siblings:
        original = originals[each.source["of"]]
        assert (each.group, each.verdicts) == (original.group, original.verdicts)
        assert each.origin == "augmented"
        assert each.prompt == str(original.prompt).upper()
        assert each.source["roles"][-1]["role"] == "reformatter"


def test_forms_do_not_tell_the_verdict(constitution: Constitution, player: Make) -> None:
    many = [
        Example(
            verdicts={"contents": n % 2}, clause="", group=f"g{n}", prompt=f"p{n}", response="r"
        )
        for n in range(3000)
    ]
    asked = player("texts", louder)
    siblings = reformat(constitution, many, ask=asked, share=0.5).kept[3000:]
    for form in FORMS:
        sides = Counter(each.restricted for each in siblings if each.source["form"] == form)
        assert abs(sides[True] - sides[False]) < 0.3 * sides.total()


def test_the_same_examples_are_chosen_whatever_their_order(
    constitution: Constitution, examples: list[Example], player: Make
) -> None:
    asked = player("texts", louder)
    first = reformat(constitution, examples, ask=asked).kept[60:]
    again = reformat(constitution, examples[::-1], ask=asked).kept[60:]
    assert first == again[::-1]


def test_a_sibling_that_is_none_is_dropped_and_the_original_stays(
    constitution: Constitution, examples: list[Example], player: Make
) -> None:
    def says(item: Item) -> dict[str, Any] | None:
        same = {"prompt": item["prompt"], "response": item["response"]}
        replies: list[dict[str, Any] | None] = [None, same, {"prompt": "p"}]
        return replies[int(item["prompt"].split()[-1].strip("?")) % 3]

    result = reformat(constitution, examples, ask=player("texts", says), share=0.5)
    assert result.kept == examples
    assert {each.reason for each in result.dropped} == {
        "left out",
        "nothing changed",
        "missing field",
    }
