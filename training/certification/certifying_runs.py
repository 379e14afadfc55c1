"""Certifying the gate of a run folder, on its own examples or on the user's text.

Takes the folder; knows where its gate and its curated examples lie, and nothing about the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from gatewright.classifiers.bundle import read_bundle
from gatewright.training.certification.certifying import Certification, certify_gate
from gatewright.training.certification.pools import Pool, benign_pool, certification_pools
from gatewright.training.certification.wording import in_words
from gatewright.training.curation.curating import load
from gatewright.training.curation.splitting import Split

__all__ = ["CertifiedRun", "certify_run"]


class CertifiedRun(NamedTuple):
    """What certifying a run led to."""

    certification: Certification
    left_out: dict[str, int]
    """Rows of the user's file that are not in the pool, by reason."""

    @property
    def sentences(self) -> list[str]:
        """The certificates in words, the drop threshold's first."""
        thresholds = self.certification.thresholds
        kept = in_words(thresholds.keep) if thresholds.keep else _no_keep(thresholds.keep_reason)
        return [in_words(thresholds.drop), kept]

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "thresholds": self.certification.thresholds.model_dump(mode="json"),
            "calibration": self.certification.calibration._asdict(),
            "unscored": self.certification.unscored,
            "left_out": self.left_out,
            "sentences": self.sentences,
        }


def certify_run(
    run: Path,
    *,
    benign: Path | None = None,
    text: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    budget: float = 0.05,
    confidence: float = 0.95,
    miss_budget: float | None = None,
    base: str | None = None,
) -> CertifiedRun:
    """Certify RUN/gate; see `certify_gate`.

    Args:
        run: the run folder, with its `gate` and `curated`.
        benign: file of permitted items, instead of the permitted examples of the certification
            split. Rows that overlap with what was trained on are left out, and counted.
        text, prompt, response: columns of that file.

    Raises:
        ArtefactError, InputError, QualityError: as `certify_gate` and `benign_pool`.
    """
    split = load(run / "curated")
    permitted, restricted = certification_pools(split)
    if benign is not None:
        permitted = _own_pool(run, benign, split, text=text, prompt=prompt, response=response)
    certification = certify_gate(
        run / "gate",
        benign=permitted,
        restricted=restricted,
        train=split.train,
        validation=split.validation,
        budget=budget,
        confidence=confidence,
        miss_budget=miss_budget,
        base=base,
    )
    return CertifiedRun(certification, dict(permitted.left_out))


def _own_pool(run: Path, benign: Path, split: Split, **columns: str | None) -> Pool:
    card = read_bundle(run / "gate")
    pool = benign_pool(benign, judges=card.judges, rules=card.rules, **columns)
    return pool.apart_from([*split.train, *split.validation])


def _no_keep(reason: str | None) -> str:
    return f"no lower threshold, so nothing is undecided for its score: {reason}"
