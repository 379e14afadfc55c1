"""One dial over sampled critiques: how much a supported objection weighs against the majority.

A judge asked several times gives several critiques of one text. Their score is the balance of the
verdicts plus lambda times the supported quotes against the text, and the text is found restricted
if that is above zero: lambda 0 is the majority's verdict, a large lambda lets a single supported
objection decide. So one number trades what a judge overlooks against what it accuses wrongly, and
nothing is asked anew (CriticGPT's force sampling, arXiv 2407.00215). Knows nothing about who asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from gatewright.training.verification.judging import Judgement

__all__ = ["combined", "strictness_at"]


def combined(critiques: Sequence[Judgement], strictness: float) -> Judgement:
    """One judgement from several critiques of one text by one judge.

    The clause, quote and reason are those of the first critique with the verdict reached; of the
    clauses the one named most often. Void critiques count for nothing; all void is void.

    Args:
        strictness: lambda, 0 or more.
    """
    sound = [each for each in critiques if each.verdict is not None]
    if not sound:
        return critiques[0]
    balance, objections = _tally(sound)
    verdict = "restricted" if balance + strictness * objections > 0 else "permitted"
    # Never empty: without an objection nothing is above zero, and with nothing else nothing below.
    agreeing = [each for each in sound if each.verdict == verdict]
    first = agreeing[0]
    clauses = Counter(each.clause for each in agreeing)
    return replace(first, clause=clauses.most_common(1)[0][0])


def strictness_at(percentile: float, texts: Iterable[Sequence[Judgement]]) -> float:
    """The lambda at which that share of the disputable texts is found restricted.

    Disputable is a text with a supported objection that the majority did not follow; each has a
    lambda of its own from which on it is restricted. 10, 25, 50 and 75 are the usual settings.

    Args:
        percentile: 0 to 100.
        texts: the critiques of each text.
    """
    tallies = [_tally([each for each in critiques if each.verdict]) for critiques in texts]
    turning = [-balance / quotes for balance, quotes in tallies if balance <= 0 < quotes]
    return float(np.nextafter(np.percentile(turning, percentile), np.inf)) if turning else 0.0


def _tally(critiques: Sequence[Judgement]) -> tuple[float, float]:
    """The balance of verdicts, -1 to 1, and the distinct quotes against the text per critique."""
    if not critiques:
        return 0.0, 0.0
    against = [each for each in critiques if each.verdict == "restricted"]
    balance = (2 * len(against) - len(critiques)) / len(critiques)
    return balance, len({each.quote for each in against}) / len(critiques)
