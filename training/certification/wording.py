"""A certificate as a sentence.

Takes a certificate; gives text for people who do not know what a confidence bound is.
"""

from __future__ import annotations

from gatewright.classifiers.gate_card import Certificate

__all__ = ["in_words"]


def in_words(certificate: Certificate) -> str:
    """What was counted, and what follows from it."""
    if certificate.kind == "false_positive_budget":
        verdict, done = "permitted", "dropped"
    else:
        verdict, done = "restricted", "kept"
    return (
        f"of {certificate.n:,} {verdict} examples never trained on, {certificate.k:,} would be "
        f"{done}; with {_percent(certificate.confidence)} confidence at most "
        f"{_percent(certificate.bound)} of such text is {done}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
