"""Scores depend on the text alone, and on the right base model."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from gatewright.classifiers.bases import load_tokenizer
from gatewright.classifiers.deciding import probabilities
from gatewright.classifiers.reading import Unreadable, Windows
from gatewright.classifiers.scoring import Scorer
from gatewright.errors import ArtefactError


@pytest.fixture(scope="module")
def scorer(written_bundle: Path, base_folder: Path) -> Scorer:
    return Scorer.load(written_bundle, base=str(base_folder), device="cpu")


def items(count: int) -> list[dict[str, str]]:
    draw = random.Random(3)
    words = ["the", "cat", "dog", "kill", "bad", "good", "hello", "you", "scam"]
    return [{"text": " ".join(draw.choices(words, k=draw.randint(1, 90)))} for _ in range(count)]


def test_a_text_has_one_score_alone_or_in_any_batch(scorer: Scorer) -> None:
    texts = items(40)
    logits = scorer.logits(texts)
    assert logits.shape == (40, 2)
    assert logits.dtype == np.float64
    together = probabilities(logits, 1.0)
    alone = probabilities(np.concatenate([scorer.logits([text]) for text in texts]), 1.0)
    np.testing.assert_allclose(together, alone, atol=1e-6, rtol=0)
    narrow = Scorer(scorer.model, scorer.windows, scorer.rules, token_budget=64)
    np.testing.assert_allclose(
        together, probabilities(narrow.logits(texts), 1.0), atol=1e-6, rtol=0
    )


def test_a_loaded_gate_scores_as_the_model_it_was_written_from(
    scorer: Scorer, written_bundle: Path, base_folder: Path
) -> None:
    again = Scorer.load(written_bundle, base=str(base_folder), device="cpu")
    np.testing.assert_array_equal(scorer.logits(items(5)), again.logits(items(5)))


def test_a_long_text_scores_as_its_worst_window(scorer: Scorer) -> None:
    harmless = {"text": "good cat " * 200}
    worst = scorer.logits([{"text": "kill evil you"}, harmless]).max(axis=0)
    hidden = {"text": "good cat " * 100 + "kill evil you " * 20 + "good cat " * 100}
    read = scorer.windows.of(hidden)
    assert len(read.windows) > 10
    rows = np.concatenate(
        [scorer.logits_of([read._replace(windows=(window,))]) for window in read.windows]
    )
    np.testing.assert_allclose(scorer.logits([hidden])[0], rows.max(axis=0), atol=1e-6)
    assert (worst > scorer.logits([harmless])[0]).any()


def test_no_items_have_no_scores(scorer: Scorer) -> None:
    assert scorer.logits([]).shape == (0, 2)


def test_an_unreadable_item_is_an_error_here(scorer: Scorer) -> None:
    with pytest.raises(Unreadable, match="empty: no words in the text"):
        scorer.logits([{"text": "cat"}, {"text": " "}])


class Broken(torch.nn.Module):
    """Gives NaN whenever the token of `scam` is read."""

    def __init__(self, scam: int) -> None:
        super().__init__()
        self.config = type("Config", (), {"num_labels": 1})()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.scam = scam

    def forward(self, input_ids: torch.Tensor, **_: torch.Tensor) -> object:
        bad = (input_ids == self.scam).any(dim=1, keepdim=True)
        logits = torch.where(bad, torch.nan, 1.0) + self.weight
        return type("Output", (), {"logits": logits})()


def test_one_window_that_cannot_be_scored_is_not_outvoted(base_folder: Path) -> None:
    tokenizer = load_tokenizer(base_folder)
    windows = Windows(tokenizer, "document", 16, 4)
    (scam,) = tokenizer("scam", add_special_tokens=False)["input_ids"]
    broken = Scorer(Broken(scam), windows, ["a"])
    scores = broken.logits([{"text": "cat " * 60 + "scam " + "cat " * 60}, {"text": "cat"}])
    assert np.isnan(scores[0, 0])
    assert scores[1, 0] == 1.0


def test_the_same_shape_with_other_weights_is_refused(
    written_bundle: Path, other_base: Path
) -> None:
    with pytest.raises(ArtefactError, match="other weights") as caught:
        Scorer.load(written_bundle, base=str(other_base))
    assert "--base FOLDER" in str(caught.value)


def test_a_base_that_is_not_found_is_asked_for(written_bundle: Path) -> None:
    with pytest.raises(ArtefactError, match=r"'tiny-bert', which is not found.*--base FOLDER"):
        Scorer.load(written_bundle)


def test_as_many_outputs_as_rules(scorer: Scorer) -> None:
    with pytest.raises(ArtefactError, match="2 outputs for 3 rules"):
        Scorer(scorer.model, scorer.windows, ["a", "b", "c"])
