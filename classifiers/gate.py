"""The gate: kept, dropped or undecided, for one text or for a dataset of them.

Takes texts of any kind, even broken ones: what cannot be read is undecided, with the reason, and
never stops the others. Knows nothing about how the classifier was trained or certified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.classifiers.bundle import find_bundle, read_bundle
from gatewright.classifiers.columns import columns_of
from gatewright.classifiers.deciding import decide, probabilities, refused
from gatewright.classifiers.reading import Unreadable, WindowedItem
from gatewright.classifiers.scoring import Scorer
from gatewright.errors import InputError, QualityError

if TYPE_CHECKING:
    from datasets import Dataset

    from gatewright.classifiers.dataset_filtering import FilterResult
    from gatewright.classifiers.gate_card import Thresholds
    from gatewright.classifiers.verdicts import Verdict

__all__ = ["Gate"]


class Gate:
    """A certified classifier that decides.

    Args:
        scorer: gives the logits.
        thresholds: certified ones.
        temperature: what logits are divided by.
        digest: the gate's identity, part of every verdict.
    """

    def __init__(
        self, scorer: Scorer, *, thresholds: Thresholds, temperature: float, digest: str
    ) -> None:
        self.scorer = scorer
        self.thresholds = thresholds
        self.temperature = temperature
        self.digest = digest

    @classmethod
    def load(
        cls, folder: str | Path, base: str | None = None, *, device: str | None = None
    ) -> Gate:
        """Open a gate bundle, verified file by file.

        Args:
            folder: the bundle, or the folder of the run that made it.
            base: where its base model is, if not where its name says.
            device: a torch device; by default a GPU if there is one.

        Raises:
            ArtefactError: the bundle or the base model is not what the bundle says it is.
            QualityError: the gate has no certified thresholds yet.
        """
        folder = find_bundle(Path(folder))
        card = read_bundle(folder)
        if card.thresholds is None:
            raise QualityError(
                f"{folder} has no certified thresholds yet, so it decides nothing; run: "
                "gatewright certify RUN_FOLDER"
            )
        return cls(
            Scorer.from_card(folder, card, base, device),
            thresholds=card.thresholds,
            temperature=card.temperature,
            digest=card.digest,
        )

    @property
    def rules(self) -> tuple[str, ...]:
        """Rule ids, in the order of the scores."""
        return self.scorer.rules

    @property
    def fields(self) -> tuple[str, ...]:
        """What is judged: `("text",)`, `("prompt", "response")` and so on, the context first."""
        return self.scorer.windows.fields

    def __repr__(self) -> str:
        return f"<Gate {self.digest[:16]}: {', '.join(self.rules)}>"

    def __call__(self, text: str, prompt: str | None = None) -> Verdict:
        """The verdict on one text, in the light of its prompt where the gate judges exchanges."""
        return self.judge([text], None if prompt is None else [prompt])[0]

    def judge(self, texts: Sequence[Any], prompts: Sequence[Any] | None = None) -> list[Verdict]:
        """The verdicts on many texts, in their order; equal to those on each alone.

        A text that cannot be scored (None, a number, empty, over-long) is undecided.

        Raises:
            InputError: prompts are missing, not asked for, or not as many as texts.
        """
        return self._judge(_items(self.fields, texts, prompts))

    def filter(
        self,
        dataset: Dataset,
        *,
        text: str | None = None,
        prompt: str | None = None,
        response: str | None = None,
    ) -> FilterResult:
        """Sort the rows of a dataset.

        Args:
            dataset: a `datasets.Dataset`.
            text: column of the judged text; by default the one named as the constitution names it.
            prompt: column of the prompt, for a gate that judges prompts or exchanges.
            response: column of the response, for a gate that judges responses or exchanges.

        Raises:
            InputError: it is not a dataset, or lacks a column.
        """
        from gatewright.classifiers.dataset_filtering import filter_dataset

        columns = columns_of(self.fields, text=text, prompt=prompt, response=response)
        return filter_dataset(self._judge, dataset, columns)

    def _judge(self, items: Sequence[Mapping[str, Any]]) -> list[Verdict]:
        refusals: dict[int, str] = {}
        logits = self.scorer.logits_of(self._readable(items, refusals))
        scores = iter(probabilities(logits, self.temperature))
        return [
            refused(refusals[at], gate=self.digest)
            if at in refusals
            else decide(next(scores), self.rules, self.thresholds, gate=self.digest)
            for at in range(len(items))
        ]

    def _readable(
        self, items: Sequence[Mapping[str, Any]], refusals: dict[int, str]
    ) -> Iterator[WindowedItem]:
        for at, item in enumerate(items):
            try:
                yield self.scorer.windows.of(item)
            except Unreadable as reason:
                refusals[at] = str(reason)


def _items(
    fields: Sequence[str], texts: Sequence[Any], prompts: Sequence[Any] | None
) -> list[dict[str, Any]]:
    *context, judged = fields
    if isinstance(texts, str):
        raise InputError("judge takes a list of texts; for a single one call the gate itself")
    if not context and prompts is not None:
        raise InputError(f"this gate judges a {judged} by itself; leave the prompts away")
    if not context:
        return [{judged: text} for text in texts]
    if prompts is None or len(prompts) != len(texts):
        raise InputError(
            f"this gate judges responses in the light of their prompts; give one prompt for each "
            f"of the {len(texts)} texts, not {'none' if prompts is None else len(prompts)}"
        )
    pairs = zip(prompts, texts, strict=True)
    return [{context[0]: prompt, judged: text} for prompt, text in pairs]
