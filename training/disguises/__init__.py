"""Disguises: what people wrap texts in, or do to their letters, to get them past a filter.

    transforms ─▶ framing, encoding, splitting, obfuscation, padding ─▶ catalogue ─▶ disguising

Each is a deterministic `Transform` of text; `disguise` makes disguised siblings of examples, under
both verdicts alike. The attack styles are those that augment the training data of Constitutional
Classifiers (arXiv 2501.18837), but for translation and rewording, which take a model: the writer's
`disguised` slots cover those (`gatewright.constitution.prompts.DISGUISES`).

Why obfuscation is here as well as in `gatewright.classifiers.normalising`: the normaliser undoes
some of it before a text is scored (`Transform.undone`; `obfuscation` lists them). A sibling made
that way teaches the classifier little, and shows, where it is measured, that the normaliser does
its work. The rest reaches the classifier as it is.

A disguise keeps the words, not always the verdict: under a policy that permits quoting or fiction,
or judges ciphers as such, leave out the families that would change it (`transforms=`).
"""

from __future__ import annotations

from gatewright.training.disguises.catalogue import ALL
from gatewright.training.disguises.disguising import count_families, disguise
from gatewright.training.disguises.transforms import FAMILIES, Family, Transform, compose

__all__ = [
    "ALL",
    "FAMILIES",
    "Family",
    "Transform",
    "compose",
    "count_families",
    "disguise",
]
