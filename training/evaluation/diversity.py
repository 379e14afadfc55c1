"""How varied texts are: the effective number of distinct ones, and what is repeated in them.

Takes texts; gives figures that can be compared between sets of equal size in tokens only, for all
of them grow or shrink with length. Knows nothing about labels.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gatewright.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["compression_ratio", "distinct_n", "embed", "vendi_score", "within_budget"]

_BATCH = 32


def vendi_score(embeddings: NDArray[np.float64]) -> float:
    """The effective number of distinct items: exp of the entropy of the eigenvalues of K / n, K
    being the cosine similarities (Friedman and Dieng, arXiv 2210.02410).

    1 when all are alike, n when nothing is shared.

    Args:
        embeddings: shape (n, width).

    Raises:
        InputError: there are no rows, or one of them is zero.
    """
    norms = np.linalg.norm(embeddings, axis=1, keepdims=True)
    if not len(embeddings) or not norms.all():
        raise InputError("a Vendi score needs embeddings, none of them zero")
    unit = embeddings / norms
    # The smaller of the two Gram matrices has the same eigenvalues above zero.
    gram = unit @ unit.T if len(unit) < unit.shape[1] else unit.T @ unit
    values = np.linalg.eigvalsh(gram / len(unit))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def distinct_n(texts: Sequence[str], n: int = 2) -> float:
    """Share of the word n-grams that are distinct (Li et al., arXiv 1510.03055); 0 without any."""
    grams = [
        tuple(words[at : at + n])
        for text in texts
        for words in [text.casefold().split()]
        for at in range(len(words) - n + 1)
    ]
    return len(set(grams)) / len(grams) if grams else 0.0


def compression_ratio(texts: Sequence[str]) -> float:
    """Size of the texts over their size when compressed; what repeats itself compresses well."""
    raw = "\n".join(texts).encode("utf-8", errors="replace")
    return len(raw) / len(zlib.compress(raw, 9)) if raw else 1.0


def within_budget(texts: Sequence[str], budget: int, count: Callable[[str], int]) -> list[str]:
    """The first texts whose tokens, by `count`, stay within the budget."""
    kept: list[str] = []
    spent = 0
    for text in texts:
        spent += count(text)
        if spent > budget:
            break
        kept.append(text)
    return kept


def embed(texts: Sequence[str], base: str = "embedded") -> NDArray[np.float64]:
    """The mean of a base model's token vectors for each text, shape (n, width).

    Raises:
        ArtefactError: the base model cannot be found or used.
    """
    import torch
    from transformers import AutoModel

    from gatewright.classifiers.bases import load_tokenizer, resolve_base

    found = resolve_base(base)
    tokenizer = load_tokenizer(found.path)
    model = AutoModel.from_pretrained(found.path, local_files_only=True).eval()
    rows = []
    for start in range(0, len(texts), _BATCH):
        batch = tokenizer(
            list(texts[start : start + _BATCH]),
            padding=True,
            truncation=True,
            max_length=256,
            return_tensors="pt",
        )
        with torch.no_grad():
            hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        rows.append(((hidden * mask).sum(1) / mask.sum(1)).numpy())
    return np.concatenate(rows).astype(np.float64)
