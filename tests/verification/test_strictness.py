"""The dial: from the majority's verdict to a single supported objection."""

from __future__ import annotations

import pytest

from gatewright.training.roles.texts import Player
from gatewright.training.verification import Judgement, combined, strictness_at

PLAYER = Player("judge-recall", "g", "m", "t", "r")


def said(*objections: str, agreeing: int = 0, void: int = 0) -> list[Judgement]:
    """Objections with their quotes, then agreements, then void verdicts."""
    return [
        *(Judgement(PLAYER, "restricted", None, quote) for quote in objections),
        *[Judgement(PLAYER, "permitted", None, "q")] * agreeing,
        *[Judgement(PLAYER, None)] * void,
    ]


@pytest.mark.parametrize(
    ("critiques", "strictness", "verdict"),
    [
        (said("a", agreeing=2), 0.0, "permitted"),
        (said("a", agreeing=2), 0.9, "permitted"),
        (said("a", agreeing=2), 1.1, "restricted"),
        (said("a", "b", agreeing=1), 0.0, "restricted"),
        (said("a", agreeing=1), 0.0, "permitted"),
        (said("a", agreeing=1), 0.1, "restricted"),
        (said(agreeing=3), 100.0, "permitted"),
        (said("a", void=2), 0.0, "restricted"),
    ],
)
def test_one_number_trades_recall_for_precision(
    critiques: list[Judgement], strictness: float, verdict: str
) -> None:
    assert combined(critiques, strictness).verdict == verdict


def test_two_quotes_weigh_more_than_one_quote_twice() -> None:
    twice, two = said("a", "a", agreeing=5), said("a", "b", agreeing=5)
    assert combined(twice, 2.0).verdict == "permitted"
    assert combined(two, 2.0).verdict == "restricted"


def test_nothing_sound_stays_void() -> None:
    assert combined(said(void=2), 5.0).verdict is None


def test_the_percentile_names_the_share_of_disputable_texts() -> None:
    texts = [said("a", agreeing=n) for n in range(1, 11)] + [said(agreeing=3), said("a", "b")]
    shares = []
    for percentile in (10, 25, 50, 75, 100):
        strictness = strictness_at(percentile, texts)
        found = [combined(each, strictness).verdict == "restricted" for each in texts[:10]]
        shares.append(sum(found) / 10)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert shares[0] == pytest.approx(0.1, abs=0.1)
    assert strictness_at(50, [said(agreeing=2)]) == 0
