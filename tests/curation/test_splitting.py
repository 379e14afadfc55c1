"""Three sets that share no group, each with both verdicts and its share of every clause."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import InputError, QualityError
from gatewright.training.curation import Shares, split
from gatewright.training.curation.splitting import SPLITS
from gatewright.training.examples import Example


def test_no_group_is_cut(corpus: list[Example]) -> None:
    parts = split(corpus, seed=0)
    groups = [{each.group for each in part} for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert sorted(each.id for part in parts for each in part) == sorted(each.id for each in corpus)


def test_shares_hold_overall_and_for_every_clause_and_verdict(corpus: list[Example]) -> None:
    parts = split(corpus, seed=0)
    assert [len(part) for part in parts] == pytest.approx([144, 28.8, 67.2], abs=3)
    whole = Counter((each.clause, each.restricted) for each in corpus)
    for part, share in zip(parts, Shares(), strict=True):
        found = Counter((each.clause, each.restricted) for each in part)
        for cell, count in whole.items():
            assert found[cell] == pytest.approx(share * count, abs=3), cell


def test_a_clause_of_which_there_is_little_spreads_as_well_as_the_rest(make: Any) -> None:
    examples = [
        make(f"{clause} {restricted} {at}", clause=f"r/{clause}", restricted=restricted)
        for clause in range(12)
        for restricted in (True, False)
        for at in range(3)
    ]
    parts = split(examples, seed=0)
    assert all({each.restricted for each in part} == {True, False} for part in parts)
    assert [len(part) for part in parts] == pytest.approx([43.2, 8.64, 20.16], abs=1)


def test_the_split_depends_on_the_seed_and_not_on_the_order(corpus: list[Example]) -> None:
    shuffled = random.Random(3).sample(corpus, len(corpus))
    first, again, other = (split(corpus, seed=0), split(shuffled, seed=0), split(corpus, seed=1))
    for name in SPLITS:
        ids = {each.id for each in getattr(first, name)}
        assert {each.id for each in getattr(again, name)} == ids
        assert {each.id for each in getattr(other, name)} != ids


def test_a_missing_verdict_is_refused_with_the_counts(make: Any) -> None:
    examples = [make(f"text {at}", restricted=at == 0) for at in range(50)]
    with pytest.raises(
        QualityError, match=r"train 1 restricted, \d+ permitted; validation 0 restr"
    ):
        split(examples, seed=0)


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(QualityError, match="certification 0 restricted, 0 permitted"):
        split([], seed=0)


@pytest.mark.parametrize("shares", [Shares(0.5, 0.5, 0.5), Shares(1, 0, 0), Shares(1.2, -0.4, 0.2)])
def test_shares_that_are_none_are_refused(shares: Shares) -> None:
    with pytest.raises(InputError, match="sum to 1"):
        split([], seed=0, shares=shares)


def test_a_larger_set_holds_out_no_more_than_it_has_to() -> None:
    assert Shares.of(10) == Shares.of(1500) == Shares()
    for count in (2000, 2800, 4000, 9000):
        shares = Shares.of(count)
        assert sum(shares) == pytest.approx(1)
        assert shares.train > Shares().train
        assert count * shares.certification >= min(472, 0.28 * count)


def test_a_stricter_certificate_holds_out_more() -> None:
    assert Shares.of(4000, to_certify=2392) == pytest.approx((0.66, 0.06, 0.28))
    assert Shares.of(4000, to_certify=0).certification == 0.14


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), min_size=40, max_size=80))
@settings(max_examples=30, deadline=None)
def test_groups_of_any_size_stay_near_their_shares(drawn: list[tuple[bool, int]]) -> None:
    examples = [
        Example(verdicts={"r": int(restricted)}, clause="r/c", group=str(at), text=f"{at} {member}")
        for at, (restricted, size) in enumerate(drawn)
        for member in range(size)
    ]
    try:
        parts = split(examples, seed=0)
    except QualityError:
        groups = Counter(restricted for restricted, _ in drawn)
        assert min(groups[True], groups[False]) < 20
        return
    for part, share in zip(parts, Shares(), strict=True):
        assert abs(len(part) - share * len(examples)) <= 8
