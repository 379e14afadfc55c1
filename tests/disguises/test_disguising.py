"""Siblings of examples: of both verdicts alike, twins together, nothing lost, always the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from gatewright.errors import InputError
from gatewright.training.disguises import ALL, FAMILIES, count_families, disguise
from gatewright.training.disguises.framing import HYPOTHETICAL, ROLE_PLAY
from gatewright.training.examples import Example
from gatewright.training.synthesis.reading import MAX_FIELD

Corpus = Callable[..., list[Example]]
Frames = list[tuple[str, bool]]
FRAMES = (ROLE_PLAY, HYPOTHETICAL, *(each for each in ALL if each.family == "padding"))


def siblings(examples: list[Example], share: float = 0.5, seed: int = 0) -> list[Example]:
    return disguise(examples, share=share, seed=seed).kept[len(examples) :]


def test_originals_stay_and_siblings_say_what_they_are(corpus: Corpus) -> None:
    examples = corpus()
    sifted = disguise(examples, share=0.5, seed=0)
    assert sifted.kept[: len(examples)] == examples
    assert len(sifted.kept) - len(examples) + len(sifted.dropped) == len(examples) / 2
    by_id = {each.id: each for each in examples}
    for each in sifted.kept[len(examples) :]:
        original = by_id[each.source["of"]]
        made = {"difficulty": "disguised", "of": original.id}
        made |= {name: each.source[name] for name in ("transform", "family")}
        assert made["transform"] in {transform.name for transform in ALL}
        assert each.text != original.text
        source = {**original.source, **made}
        assert each == replace(original, text=each.text, origin="augmented", source=source)


def test_the_same_seed_gives_the_same_siblings_in_any_order(corpus: Corpus) -> None:
    examples = corpus()
    mixed = random.Random(0).sample(examples, len(examples))
    first, again = siblings(examples), siblings(mixed)
    assert {each.id: each for each in first} == {each.id: each for each in again}
    assert [each.id for each in first] == [each.id for each in siblings(examples)]
    assert {each.id for each in first} != {each.id for each in siblings(examples, seed=1)}


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 1.0])
def test_every_clause_and_verdict_has_its_share(corpus: Corpus, share: float) -> None:
    examples = corpus(singles=90, pairs=0)
    cells = Counter((each.clause, each.restricted) for each in examples)
    sifted = disguise(examples, share=share, seed=3)
    chosen = [each.source["of"] for each in sifted.kept[len(examples) :]]
    chosen += [each.source["of"] for each in sifted.dropped]
    taken = Counter((each.clause, each.restricted) for each in examples if each.id in set(chosen))
    assert taken.keys() == cells.keys()
    assert all(abs(taken[cell] - share * cells[cell]) <= 1 for cell in cells)


def test_both_verdicts_have_the_same_transforms(corpus: Corpus) -> None:
    made = siblings(corpus(singles=300, pairs=40))
    counts = [
        Counter(each.source["transform"] for each in made if each.restricted is restricted)
        for restricted in (True, False)
    ]
    assert counts[0].keys() == counts[1].keys() == {each.name for each in ALL}
    # The chi square of two equal distributions would be about 31 here; dealing leaves hardly any.
    names = counts[0].keys()
    chi = sum((counts[0][n] - counts[1][n]) ** 2 / (counts[0][n] + counts[1][n]) for n in names)
    assert chi < 3
    families = count_families(made)
    assert set(families) == set(FAMILIES)
    assert max(families.values()) <= 1.3 * min(families.values())


def test_more_of_one_verdict_moves_no_transform_to_it(corpus: Corpus) -> None:
    examples = corpus(singles=280, pairs=0)
    fewer = [each for each in examples if each.restricted or int(each.group.split()[1]) < 140]
    made = siblings(fewer, share=1)
    for family in FAMILIES:
        of = [each.restricted for each in made if each.source["family"] == family]
        assert sum(of) / len(of) == pytest.approx(2 / 3, abs=0.06)


def test_twins_are_disguised_together_with_the_same_draws(corpus: Corpus) -> None:
    examples = corpus(singles=0, pairs=60)
    sifted = disguise(examples, share=0.5, seed=0, transforms=FRAMES)
    frames: dict[str, list[tuple[str, str]]] = {}
    by_id = {each.id: each for each in examples}
    for each in sifted.kept[len(examples) :]:
        frame = str(each.text).replace(str(by_id[each.source["of"]].text), "{}")
        frames.setdefault(each.group, []).append((each.source["transform"], frame))
    assert len(frames) == 30
    assert all(len(twins) == 2 and twins[0] == twins[1] for twins in frames.values())
    everything = Counter(each.group for each in siblings(examples, share=1))
    assert set(everything.values()) == {2}


def test_what_is_judged_is_disguised(corpus: Corpus) -> None:
    first, *_ = corpus()
    shapes = {
        "prompt": {"prompt": "What is in the blue folder?"},
        "response": {"response": "Letters are in the blue folder."},
        "text": {"text": "Letters are in the blue folder."},
        "exchange": {"prompt": "What is in it?", "response": "Letters are in the blue folder."},
    }
    bare = replace(first, text=None)
    for kind, fields in shapes.items():
        example = replace(bare, **fields)  # type: ignore[arg-type]
        (made,) = siblings([example], share=1)
        judged = "response" if kind == "exchange" else kind
        changed = {name for name in made.fields if made.fields[name] != example.fields[name]}
        assert changed == {judged}


def test_a_sibling_too_long_is_dropped_and_named(corpus: Corpus) -> None:
    long = [
        replace(each, text=str(each.text) + " and more" * (MAX_FIELD // 9 - 10))
        for each in corpus(singles=20, pairs=0)
    ]
    assert all(len(str(each.text)) <= MAX_FIELD for each in long)
    sifted = disguise(long, share=1, seed=0)
    too_long = [each for each in sifted.dropped if each.reason == "too long"]
    assert too_long
    assert {each.stage for each in too_long} == {"disguising"}
    assert all(each.source["of"] and str(MAX_FIELD) in each.detail for each in too_long)
    assert len(sifted.kept) + len(sifted.dropped) == 2 * len(long)
    assert all(len(str(each.text)) <= MAX_FIELD for each in sifted.kept)


def test_when_one_twin_cannot_be_disguised_neither_is(corpus: Corpus) -> None:
    one, other = corpus(singles=0, pairs=1)
    leet = [each for each in ALL if each.name == "leet"]
    pair = [replace(one, text="1 2 3"), other]
    sifted = disguise(pair, share=1, seed=0, transforms=leet)
    assert sifted.kept == pair
    assert sorted(each.reason for each in sifted.dropped) == ["nothing changed", "twin dropped"]


def test_what_is_disguised_is_not_disguised_again(corpus: Corpus) -> None:
    examples = [replace(each, source={"difficulty": "disguised"}) for each in corpus()]
    assert disguise(examples, share=1, seed=0).kept == examples
    once = siblings(corpus(), share=1)
    assert disguise(once, share=1, seed=0).kept == once


def test_a_share_of_nothing_and_shares_out_of_range(corpus: Corpus) -> None:
    examples = corpus()
    assert disguise(examples, share=0, seed=0) == (examples, [])
    assert disguise([], share=1, seed=0) == ([], [])
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="from 0 to 1"):
            disguise(examples, share=share, seed=0)
    with pytest.raises(InputError, match="at least one"):
        disguise(examples, share=0.5, seed=0, transforms=[])


def test_a_bag_of_words_cannot_tell_the_verdict_by_the_frame(corpus: Corpus) -> None:
    def frames(seed: int) -> Frames:
        examples = corpus(singles=200, pairs=50)
        kept = disguise(examples, share=0.8, seed=seed, transforms=FRAMES).kept
        text = {each.id: str(each.text) for each in examples}
        return [
            (str(each.text).replace(text[each.source["of"]], " "), each.restricted)
            for each in kept[len(examples) :]
        ]

    seen = frames(0)
    assert sum(restricted for _, restricted in seen) == len(seen) / 2
    for seed in (1, 2, 3):
        assert 0.4 < _auroc(seen, frames(seed)) < 0.6
    # The same test does find a frame that goes with a verdict.
    rng = random.Random(0)
    leaning = [((HYPOTHETICAL, ROLE_PLAY)[at % 2]("", rng), at % 2 == 1) for at in range(200)]
    assert _auroc(leaning[:100], leaning[100:]) > 0.9


def _auroc(seen: Frames, new: Frames) -> float:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=500))
    model.fit([text for text, _ in seen], [label for _, label in seen])
    scores = model.predict_proba([text for text, _ in new])[:, 1]
    return float(roc_auc_score([label for _, label in new], scores))
