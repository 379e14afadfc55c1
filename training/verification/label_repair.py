"""Label repair by cross-fitting: labels that a model trained on the others finds incredible.

Takes examples; a simple classifier learns from all lineage groups but some, and scores those. An
item that looks as much like the other class as the surest third of that class's own recognised
items is suspect (after confident learning, Northcutt et al., arXiv 1911.00068, which compares with
the average of all items and so accuses too many where the data are hard): the strict test asks for
that, the loose one only for a probability on the wrong side of one half. Where only the loose one
objects, the label is undecided. Knows nothing about judges, and costs no request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewright.errors import QualityError
from gatewright.training.examples import Example

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Doubt", "Fit", "cross_fit", "doubts"]

Fit = Callable[[Sequence[str], Sequence[int]], Callable[[Sequence[str]], "NDArray[np.float64]"]]
"""From texts and labels (0, 1) to a function that gives P(1) of texts."""

_FOLDS = 5
_SURE = 2 / 3  # quantile

Finding = Literal["credible", "undecided", "suspect"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the other examples say about one label."""

    finding: Finding
    probability: float
    """Of being restricted, by a model that never saw the example or its kin."""


def doubts(
    examples: Sequence[Example], *, folds: int = _FOLDS, seed: int = 0, fit: Fit | None = None
) -> dict[str, Doubt]:
    """What to think of each label, by example id.

    Raises:
        QualityError: fewer than two lineage groups in a fold, or one verdict only.
    """
    labels = np.array([int(each.restricted) for each in examples])
    texts = ["\n".join(each.fields.values()) for each in examples]
    groups = [each.group for each in examples]
    probabilities = cross_fit(texts, labels.tolist(), groups, folds=folds, seed=seed, fit=fit)
    # For an item of each label, how sure the model is of the other's items that it gets right.
    found_right = (probabilities > 0.5) == (labels == 1)
    sure = [
        _sure(probabilities[found_right & (labels == 1)]),
        _sure(1 - probabilities[found_right & (labels == 0)]),
    ]
    found: dict[str, Doubt] = {}
    for example, label, p in zip(examples, labels, probabilities, strict=True):
        other = 1 - p if label else p
        strict, loose = other >= sure[label], other > 0.5
        found[example.id] = Doubt(_finding(strict, loose), float(p))
    return found


def _sure(values: NDArray[np.float64]) -> float:
    return float(np.quantile(values, _SURE)) if len(values) else 1.0


def _finding(strict: bool, loose: bool) -> Finding:
    if strict and loose:
        return "suspect"
    return "undecided" if strict or loose else "credible"


def cross_fit(
    texts: Sequence[str],
    labels: Sequence[int],
    groups: Sequence[str],
    *,
    folds: int = _FOLDS,
    seed: int = 0,
    fit: Fit | None = None,
) -> NDArray[np.float64]:
    """P(1) of each text, shape (n,), by a model trained on other lineage groups only.

    Raises:
        QualityError: there are fewer than two groups a fold, or one label only.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if len(set(groups)) < 2 * folds or len(set(labels)) < 2:
        raise QualityError(
            f"{len(texts)} texts in {len(set(groups))} groups cannot check each other; "
            f"expected both labels and at least {2 * folds} groups"
        )
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    probabilities = np.zeros(len(texts))
    for learn, score in splitter.split(texts, labels, groups):
        model = (fit or _bag_of_words)([texts[at] for at in learn], [labels[at] for at in learn])
        probabilities[score] = model([texts[at] for at in score])
    return probabilities


def _bag_of_words(
    texts: Sequence[str], labels: Sequence[int]
) -> Callable[[Sequence[str]], NDArray[np.float64]]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=2000, class_weight="balanced"),
    )
    model.fit(texts, labels)

    def scored(some: Sequence[str]) -> NDArray[np.float64]:
        probabilities: NDArray[np.float64] = model.predict_proba(some)[:, 1]
        return probabilities

    return scored
