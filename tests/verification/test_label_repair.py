"""Cross-fitting: flipped labels stand out, sound ones stay, kin never vouch for each other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from gatewright.errors import QualityError
from gatewright.training.examples import Example
from gatewright.training.verification import doubts
from gatewright.training.verification.label_repair import cross_fit

from .conftest import example

CONTENTS = "laptop phone camera ring watch perfume whisky passport cash console"
SIZES = "heavy light flat round square long thick narrow wide tall"
SMALL_TALK = "the parcel for number nine came late today and the van was full again so"


def written(n: int, rng: random.Random) -> Example:
    """A dozen ordinary words, two that tell, and now and then one from the other side."""
    restricted = n % 2 == 0
    own, other = (CONTENTS.split(), SIZES.split())[:: 1 if restricted else -1]
    words = (
        rng.choices(SMALL_TALK.split(), k=12) + rng.sample(own, 2) + rng.sample(other, n % 3 == 0)
    )
    rng.shuffle(words)
    return example(n, restricted=restricted, text=" ".join(words))


def flipped(each: Example) -> Example:
    restricted = {"contents": 0, "customers": 0} if each.restricted else {"contents": 1}
    return replace(each, verdicts=restricted)


@pytest.mark.parametrize("seed", range(3))
def test_a_tenth_flipped_mostly_surfaces_and_little_else_is_suspect(seed: int) -> None:
    rng = random.Random(seed)
    noisy = [written(n, rng) for n in range(600)]
    planted = set(rng.sample(range(600), 60))
    noisy = [flipped(each) if n in planted else each for n, each in enumerate(noisy)]
    found = doubts(noisy, seed=seed)
    credible = {n for n, each in enumerate(noisy) if found[each.id].finding == "credible"}
    suspect = {n for n, each in enumerate(noisy) if found[each.id].finding == "suspect"}
    assert len(planted - credible) >= 0.7 * len(planted)
    assert len(planted & suspect) >= 0.5 * len(suspect) > 0
    assert len(suspect - planted) <= 0.05 * (600 - 60)


def test_strict_and_loose_differ_where_nobody_can_say() -> None:
    rng = random.Random(0)
    examples = [written(n, rng) for n in range(200)]

    def half_sure(texts: Sequence[str], labels: Sequence[int]):  # type: ignore[no-untyped-def]
        def scores(some: Sequence[str]) -> NDArray[np.float64]:
            right = [
                0.9 if any(word in each for word in CONTENTS.split()) else 0.1 for each in some
            ]
            return np.array(
                [0.6 if "van" in each else p for each, p in zip(some, right, strict=True)]
            )

        return scores

    findings = {
        (each.restricted, found.finding)
        for each, found in zip(examples, doubts(examples, fit=half_sure).values(), strict=True)
        if found.probability == 0.6
    }
    assert findings == {(True, "credible"), (False, "undecided")}


def test_no_text_is_scored_by_a_model_that_saw_its_kin() -> None:
    groups = [f"g{n // 3}" for n in range(90)]
    labels = [n // 3 % 2 for n in range(90)]
    texts = [f"{group} text {n}" for n, group in enumerate(groups)]

    def remembers(learnt: Sequence[str], _: Sequence[int]):  # type: ignore[no-untyped-def]
        kin = {each.split()[0] for each in learnt}
        return lambda some: np.array([float(each.split()[0] in kin) for each in some])

    assert not cross_fit(texts, labels, groups, fit=remembers).any()


def test_too_little_is_refused() -> None:
    few = [example(n, restricted=n % 2 == 0) for n in range(6)]
    with pytest.raises(QualityError, match="cannot check each other"):
        doubts(few)
    one_sided = [example(n, restricted=True) for n in range(50)]
    with pytest.raises(QualityError, match="both labels"):
        doubts(one_sided)
