"""How long to wait, how often to try, and when to give up: by numbers alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatewright.errors import UpstreamError
from gatewright.training.generators.openai_compatible.retrying import (
    Breaker,
    RetryBudget,
    backoff,
    retry_after,
)

NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.25", 0.25),
        (" 3 ", 3.0),
        ("-5", 0.0),
        ("100000", 120.0),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 10:00:30 -0000", 30.0),
        ("Mon, 23 Nov 2026 12:00:30 +0200", 30.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2026 10:00:00 GMT", 120.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}, NOW) == seconds


def test_no_header_is_no_wish() -> None:
    assert retry_after({}) is None


def test_waits_double_up_to_a_minute_with_full_jitter() -> None:
    longest = [backoff(n, first=1.0, draw=lambda: 1.0) for n in range(1, 9)]
    assert longest == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff(5, first=1.0, draw=lambda: 0.0) == 0
    assert backoff(10_000, first=1.0, draw=lambda: 1.0) == 60


def test_a_budget_is_ten_and_a_tenth_of_the_requests() -> None:
    budget = RetryBudget()
    assert [budget.take() for _ in range(11)] == [True] * 10 + [False]
    for _ in range(100):
        budget.earn()
    assert sum(budget.take() for _ in range(30)) in (9, 10)


def test_an_answer_starts_the_count_anew() -> None:
    breaker = Breaker(3)
    for _ in range(5):
        breaker.given_up("no")
        breaker.given_up("no")
        breaker.answered()
    breaker.given_up("no")
    breaker.given_up("no")
    with pytest.raises(UpstreamError, match=r"3 requests in a row.*why not"):
        breaker.given_up("why not")
