"""Nothing that is measured on was learned from: by group, by near-duplicate, by response."""

from __future__ import annotations

from typing import Any

from gatewright.training.curation import Split, curate, leaks, overlaps
from gatewright.training.examples import Example


def test_a_shared_group_is_found(make: Any, prose: Any) -> None:
    known = [make(prose(1), group="g"), make(prose(2))]
    new = [make(prose(3)), make(prose(4), group="g")]
    assert [(found.kind, found.known, found.new) for found in overlaps(known, new)] == [
        ("same group", known[0], new[1])
    ]


def test_a_copy_in_another_group_is_found(make: Any, prose: Any) -> None:
    text = prose(1, 40)
    known, new = [make(text, group="a")], [make(f"{text} more", group="b")]
    assert [found.kind for found in overlaps(known, new)] == ["near duplicate"]


def test_a_long_response_seen_before_is_found(make: Any, prose: Any) -> None:
    response = prose(1, 40)
    known = [make(prompt=prose(2, 60), response=response)]
    new = [make(prompt=prose(3, 60), response=response)]
    assert [found.kind for found in overlaps(known, new)] == ["same response"]


def test_different_text_does_not_overlap(make: Any, prose: Any) -> None:
    known = [make(prose(at)) for at in range(30)]
    assert overlaps(known, [make(prose(at)) for at in range(30, 60)]) == []


def test_every_two_parts_of_a_split_are_compared(make: Any, prose: Any) -> None:
    text = prose(1, 40)
    copies = [make(text, group=str(at)) for at in range(3)]
    assert len(leaks(Split([copies[0]], [copies[1]], [copies[2]]))) == 3


def test_curated_splits_do_not_leak_although_what_came_in_would(
    corpus: list[Example], make: Any
) -> None:
    copies = [
        make(
            f"{each.text} again", clause=each.clause, restricted=each.restricted, group=f"copy {at}"
        )
        for at, each in enumerate(corpus)
    ]
    half = len(corpus) // 2
    assert len(overlaps(corpus, copies)) > half
    curated = curate([*corpus, *copies], seed=0)
    assert curated.kept >= half
    assert leaks(curated.split) == []
