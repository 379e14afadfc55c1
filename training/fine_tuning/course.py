"""How far a training has come: its epochs, the best of them, and whether to go on.

Takes epochs as they end; knows nothing about models or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gatewright.training.fine_tuning.results import Epoch

__all__ = ["Course"]


class Course:
    """The epochs of one training, in order.

    Args:
        epochs: most epochs it may take.
        patience: epochs in a row that may be no better than the best before them.
    """

    def __init__(self, *, epochs: int, patience: int) -> None:
        self.history: list[Epoch] = []
        self._epochs = epochs
        self._patience = patience

    @property
    def best(self) -> Epoch:
        """The epoch of the highest standing, the first of equals."""
        return max(self.history, key=lambda epoch: epoch.standing)

    @property
    def stopped(self) -> str | None:
        """Why there is nothing left to do; None while there is."""
        if not self.history:
            return None
        if len(self.history) - self.best.number >= self._patience:
            return f"no better for {self._patience} epochs"
        return "all epochs" if len(self.history) >= self._epochs else None

    @property
    def next(self) -> int:
        """Number of the epoch to come."""
        return len(self.history) + 1

    def add(self, epoch: Epoch) -> bool:
        """Note an epoch that has ended.

        Returns:
            Whether it is the best so far.
        """
        self.history.append(epoch)
        return self.best is epoch

    def as_state(self) -> dict[str, Any]:
        """Plain JSON values for a checkpoint."""
        return {"epoch": len(self.history), "history": [asdict(epoch) for epoch in self.history]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up where a checkpoint left off."""
        self.history = [Epoch(**epoch) for epoch in state["history"]]
