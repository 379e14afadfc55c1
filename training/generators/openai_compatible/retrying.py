"""When to try again, after how long, and when to stop trying altogether.

Waits grow exponentially with full jitter unless the server names one; retries may add a tenth to
the load and no more; twenty requests in a row that came to nothing end the run. Takes numbers and
header texts; knows nothing about requests or the SDK.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gatewright.errors import UpstreamError

__all__ = ["Breaker", "RetryBudget", "backoff", "retry_after"]

_LONGEST_BACKOFF = 60.0
_LONGEST_RETRY_AFTER = 120.0
_IN_A_ROW = 20


def backoff(tried: int, *, first: float, draw: Callable[[], float] = random.random) -> float:
    """Seconds to wait after the `tried`-th failure: anything up to a bound that doubles."""
    return draw() * min(_LONGEST_BACKOFF, first * 2.0 ** min(tried - 1, 30))


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds the server wants us to wait, at most 120; None if it does not say."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text, now or datetime.now(UTC))
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


def _until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return math.nan
    if moment.tzinfo is None:  # "-0000": the sender will not say, and means UTC
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


class RetryBudget:
    """Every request earns a tenth of a retry; a few are there from the start."""

    def __init__(self, *, share: float = 0.1, at_first: int = 10) -> None:
        self._share = share
        self._left = float(at_first)

    def earn(self) -> None:
        self._left += self._share

    def take(self) -> bool:
        """Whether there is a retry left; if so, it is spent."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Breaker:
    """Ends the run once request after request comes to nothing."""

    def __init__(self, in_a_row: int = _IN_A_ROW) -> None:
        self._allowed = in_a_row
        self._failures = 0

    def answered(self) -> None:
        self._failures = 0

    def given_up(self, why: str) -> None:
        """Count a request that came to nothing.

        Raises:
            UpstreamError: so did all the others of late.
        """
        self._failures += 1
        if self._failures >= self._allowed:
            raise UpstreamError(
                f"{self._failures} requests in a row came to nothing, the last with: {why}. What "
                "was answered is kept; once the server is well, the same command goes on from here"
            )
