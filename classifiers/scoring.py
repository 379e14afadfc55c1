"""Items to logits: a classifier and its windows, batched so that neighbours do not matter.

Takes items as named texts; gives one uncalibrated logit per rule. Knows nothing about temperatures,
thresholds or decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gatewright.classifiers.bases import Base, load_classifier, load_tokenizer, quiet, resolve_base
from gatewright.classifiers.bundle import GateCard, read_bundle, require_fresh_parameters
from gatewright.classifiers.reading import Window, WindowedItem, Windows, collate
from gatewright.errors import ArtefactError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Scorer"]

_TOKENS_AT_ONCE = 1 << 18


class Scorer:
    """A model in evaluation mode and the windows it reads.

    Args:
        model: a sequence classifier with one logit per rule; it is left in evaluation mode.
        windows: how items are read.
        rules: rule ids in the order of the model's outputs.
        token_budget: most tokens, padding included, in one forward pass. A single window may
            exceed it.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        windows: Windows,
        rules: Sequence[str],
        *,
        token_budget: int = 4096,
    ) -> None:
        self.model = model.eval()
        self.windows = windows
        self.rules = tuple(rules)
        self._token_budget = token_budget
        outputs = int(getattr(model.config, "num_labels", len(self.rules)))
        if outputs != len(self.rules):
            raise ArtefactError(f"the model has {outputs} outputs for {len(self.rules)} rules")

    @classmethod
    def load(cls, folder: str | Path, base: str | None = None, device: str | None = None) -> Scorer:
        """The scorer of a gate bundle, merged into its base model.

        Args:
            folder: the bundle; it is verified first.
            base: where its base model is, if not where its name says.
            device: a torch device; by default a GPU if there is one.

        Raises:
            ArtefactError: the bundle fails its verification, or the base model is another one.
        """
        folder = Path(folder)
        return cls.from_card(folder, read_bundle(folder), base, device)

    @classmethod
    def from_card(
        cls, folder: Path, card: GateCard, base: str | None = None, device: str | None = None
    ) -> Scorer:
        """As `load`, for a bundle that `read_bundle` has just verified."""
        found = _base_of(card, folder, base)
        model = load_classifier(found, card.rules)
        tokenizer = load_tokenizer(folder / "tokenizer")
        model.config.pad_token_id = tokenizer.pad_token_id
        require_fresh_parameters(model, folder / "adapter")
        merged = _with_adapter(model, folder / "adapter")
        merged.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        return cls(
            merged, Windows(tokenizer, card.judges, card.max_tokens, card.stride), card.rules
        )

    def logits(self, items: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Uncalibrated logits (items, rules), in the order of `items`.

        Raises:
            Unreadable: an item has no honest score; see `Windows.of`.
        """
        return self.logits_of(self.windows.of(item) for item in items)

    def logits_of(self, items: Iterable[WindowedItem]) -> NDArray[np.float64]:
        """As `logits`, for items already read. A logit the model cannot give stays NaN."""
        scores = [self._scored(group) for group in _groups(items)]
        return np.concatenate([np.empty((0, len(self.rules))), *scores])

    @torch.inference_mode()
    def _scored(self, items: Sequence[WindowedItem]) -> NDArray[np.float64]:
        rows = [(at, window) for at, item in enumerate(items) for window in item.windows]
        scores = np.full((len(items), len(self.rules)), -np.inf)
        for batch in self._batches(rows):
            inputs = collate([window for _, window in batch], self.windows.tokenizer)
            device = next(self.model.parameters()).device
            outputs = self.model(**{name: each.to(device) for name, each in inputs.items()}).logits
            # numpy's maximum keeps NaN: a window that cannot be scored must not be outvoted.
            np.maximum.at(scores, [at for at, _ in batch], outputs.double().cpu().numpy())
        return scores

    def _batches(self, rows: list[tuple[int, Window]]) -> Iterator[list[tuple[int, Window]]]:
        """Rows of similar length together, within the token budget."""
        batch: list[tuple[int, Window]] = []
        for row in sorted(rows, key=lambda row: len(row[1].input_ids)):
            if batch and len(row[1].input_ids) * (len(batch) + 1) > self._token_budget:
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch


def _groups(items: Iterable[WindowedItem]) -> Iterator[list[WindowedItem]]:
    """So many items that batches fill up, so few that long texts do not fill the memory."""
    group: list[WindowedItem] = []
    tokens = 0
    for item in items:
        group.append(item)
        tokens += sum(len(window.input_ids) for window in item.windows)
        if tokens > _TOKENS_AT_ONCE:
            yield group
            group, tokens = [], 0
    if group:
        yield group


def _base_of(card: GateCard, folder: Path, base: str | None) -> Base:
    try:
        found = resolve_base(base or card.base.name)
    except ArtefactError as error:
        if base is not None:
            raise
        raise ArtefactError(
            f"{folder} needs its base model {card.base.name!r}, which is not found; say where "
            "it is: --base FOLDER (in Python: base=FOLDER)"
        ) from error
    if found.sha256 != card.base.sha256:
        raise ArtefactError(
            f"{folder} was trained on {card.base.name} (weights' sha256 {card.base.sha256[:16]}), "
            f"but {found.path} holds {found.sha256[:16]}; on other weights it would answer "
            "nonsense. Say where the right ones are: --base FOLDER (in Python: base=FOLDER)"
        )
    return replace(found, pooling=card.base.pooling)


def _with_adapter(model: Any, folder: Path) -> torch.nn.Module:
    from peft import PeftModel
    from safetensors import SafetensorError

    try:
        with quiet():
            adapted = PeftModel.from_pretrained(model, folder, is_trainable=False)
            return adapted.merge_and_unload()  # type: ignore[no-any-return]
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise ArtefactError(f"{folder} does not fit the base model: {error}") from error
