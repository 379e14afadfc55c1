"""The stage: three sides that add up, labels with their history, planted noise."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatewright.constitution import Constitution
from gatewright.errors import InputError
from gatewright.training.examples import Example, read_examples, write_examples
from gatewright.training.verification import examples_to_use, store, verify

from .conftest import Item, Panel, Says, example, right, wrong

Make = Callable[[Says], Panel]


def test_nothing_is_lost(constitution: Constitution, examples: list[Example], panel: Make) -> None:
    def says(role: str, item: Item) -> dict[str, Any] | None:
        number = int(item["prompt"].split()[-1].strip("?"))
        if number % 5 == 0:
            return wrong(role, item)
        return wrong(role, item) if number % 5 == 1 and "recall" in role else right(role, item)

    result = verify(constitution, examples, asking=panel(says))
    assert len(result.kept) + len(result.dropped) + len(result.waiting) == len(examples) == 40
    assert result.summary()["results"] == {"disputed": 8, "turned round": 8, "upheld": 24}
    assert result.summary()["dropped_by_reason"] == {"disputed": 8}
    assert "judge-recall: " in result.dropped[0].detail


def test_a_turned_label_keeps_what_it_was_written_for(
    constitution: Constitution, panel: Make
) -> None:
    one, other = example(0, restricted=True), example(1, restricted=False)
    kept = verify(constitution, [one, other], asking=panel(wrong)).kept
    assert [each.restricted for each in kept] == [False, True]
    assert kept[0].verdicts == {"contents": 0, "customers": 0}
    assert kept[1].verdicts == {"customers": 1}
    assert [each.clause for each in kept] == ["customers/door", "customers/name"]
    assert [each.source["target"] for each in kept] == ["restricted", "permitted"]
    assert [each["role"] for each in kept[0].source["roles"]] == [
        "judge-recall",
        "judge-precision",
        "advocate",
    ]
    assert kept[0].source["critic"]["quotes"]["judge-recall"] == "laptop"


def test_a_grader_is_asked_once(
    constitution: Constitution, examples: list[Example], panel: Make
) -> None:
    asked = panel(right)
    result = verify(constitution, examples, asking=asked, mode="grader")
    assert set(asked.asked) == {"grader"}
    assert len(result.kept) == len(examples)


def test_those_not_chosen_stay_as_they_are(constitution: Constitution, panel: Make) -> None:
    sure, unsure = example(0, restricted=True, confidence=1), example(1, restricted=False)
    kept = verify(constitution, [sure, unsure], asking=panel(right), which="unsure").kept
    assert kept[0] == sure
    assert "critic" in kept[1].source


def test_planted_noise_surfaces_and_little_else_goes(
    constitution: Constitution, panel: Make
) -> None:
    """10 % of the labels are flipped; each judge errs on 6 % of the texts, each on others."""
    rng = random.Random(7)
    clean = [example(n, restricted=n % 2 == 0) for n in range(400)]
    flipped = set(rng.sample(range(400), 40))
    noisy = [
        replace(
            each,
            verdicts={"contents": 0, "customers": 0} if each.restricted else {"contents": 1},
            clause="contents/size" if each.restricted else "contents/reveal",
        )
        if n in flipped
        else each
        for n, each in enumerate(clean)
    ]
    errs = {role: set(rng.sample(range(400), 24)) for role in ("judge-recall", "judge-precision")}

    def says(role: str, item: Item) -> dict[str, Any]:
        number = int(item["prompt"].split()[-1].strip("?"))
        return (wrong if number in errs.get(role, ()) else right)(role, item)

    result = verify(constitution, noisy, asking=panel(says))
    upheld = {name for name, each in result.outcomes.items() if each.result == "upheld"}
    surfaced = [each for n, each in enumerate(noisy) if n in flipped and each.id not in upheld]
    removed = [n for n, each in enumerate(noisy) if n not in flipped and each.id not in upheld]
    assert len(surfaced) >= 0.7 * len(flipped)
    both = errs["judge-recall"] | errs["judge-precision"]
    assert set(removed) <= both
    turned = {each.id for each in result.kept if each.source["critic"]["result"] != "upheld"}
    right_now = [each for n, each in enumerate(clean) if n in flipped and each.id in turned]
    assert len(right_now) >= 0.7 * len(flipped)


def test_judges_who_rarely_err_remove_little(constitution: Constitution, panel: Make) -> None:
    """A recall judge who accuses 3 % wrongly, a precision judge who overlooks 2 %: at least 70 %
    of the flips surface, at most 5 % of the sound labels go."""
    rng = random.Random(1)
    clean = [example(n, restricted=n % 2 == 0) for n in range(600)]
    flipped = set(rng.sample(range(600), 60))
    noisy = [
        replace(
            each, verdicts={"contents": 0, "customers": 0} if each.restricted else {"contents": 1}
        )
        if n in flipped
        else each
        for n, each in enumerate(clean)
    ]
    accused = set(rng.sample([n for n in range(600) if n % 2], 9))
    overlooked = set(rng.sample([n for n in range(600) if n % 2 == 0], 6))

    def says(role: str, item: Item) -> dict[str, Any]:
        number = int(item["prompt"].split()[-1].strip("?"))
        errs = {"judge-recall": accused, "judge-precision": overlooked}.get(role, set())
        return (wrong if number in errs else right)(role, item)

    outcomes = verify(constitution, noisy, asking=panel(says)).outcomes
    gone = {n for n, each in enumerate(noisy) if outcomes[each.id].result != "upheld"}
    assert len(gone & flipped) >= 0.7 * len(flipped)
    assert len(gone - flipped) <= 0.05 * (600 - 60)


def test_an_unknown_mode_is_refused(constitution: Constitution, panel: Make) -> None:
    with pytest.raises(InputError, match="debate or grader"):
        verify(constitution, [], asking=panel(right), mode="vote")  # type: ignore[arg-type]


def test_what_was_verified_is_known_by_its_digest(
    constitution: Constitution, examples: list[Example], panel: Make, tmp_path: Path
) -> None:
    written, verified = tmp_path / "examples", tmp_path / "verified"
    table = written / "examples.parquet"
    written.mkdir()
    write_examples(table, examples)
    assert examples_to_use(written, verified) == table
    store(verify(constitution, examples, asking=panel(right)), verified, source=table)
    assert examples_to_use(written, verified) == verified / "examples.parquet"
    assert len(read_examples(verified / "examples.parquet")) == 40
    write_examples(table, examples[:-1])
    with pytest.raises(InputError, match="verify again"):
        examples_to_use(written, verified)
