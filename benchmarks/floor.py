"""The floor: TF-IDF and logistic regression, trained on the same examples as the gate.

What a bag of words already knows is no merit of a transformer. Same training split, same
certification pool, same measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from gatewright.training import Example

__all__ = ["floor_scores", "train_floor"]


def train_floor(examples: Sequence[Example], rule: str | None = None) -> Pipeline:
    """Fit words and word pairs (sublinear TF-IDF) against restricted / permitted, by any rule or
    by one, leaving out what is unknown about that one."""
    known = [each for each in examples if rule is None or rule in each.verdicts]
    labels = [int(each.restricted if rule is None else each.verdicts[rule]) for each in known]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced"),
    )
    model.fit([_joined(each.fields) for each in known], labels)
    return model


def floor_scores(model: Pipeline, items: Sequence[Mapping[str, str]]) -> NDArray[np.float64]:
    """Probability of restricted, shape (n,)."""
    scores: NDArray[np.float64] = model.predict_proba([_joined(item) for item in items])[:, 1]
    return scores


def _joined(fields: Mapping[str, str]) -> str:
    return "\n".join(fields.values())
