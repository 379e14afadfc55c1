"""The frozen lower layers of a model, computed once per window instead of once per epoch.

When only upper layers learn, what the layers below give for a text never changes. This computes
it in evaluation mode, keeps it, and lets the model's own forward pass start from there: each frozen
layer passes its input on, and the last of them answers with what was kept.

Takes a model and its frozen layers, of any architecture whose layers take hidden states first and
return them, alone or at the head of a tuple. Knows nothing about examples or losses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from gatewright.training.fine_tuning.batching import group

if TYPE_CHECKING:
    from accelerate import Accelerator

    from gatewright.training.fine_tuning.tables import Table

__all__ = ["Trunk", "bytes_needed", "remember"]

_TOLERANCE = 1e-3


class _Reached(Exception):
    """The frozen layers are done; the rest of the forward pass is not wanted."""


class Trunk:
    """Frozen layers that can be run alone, or replaced by what they gave.

    Args:
        model: whose forward pass runs through them.
        layers: the frozen ones, from the first on; at least one.
    """

    def __init__(self, model: nn.Module, layers: Sequence[nn.Module]) -> None:
        self._model = model
        self._layers = list(layers)
        self._in_tuple = False
        self._current: torch.Tensor | None = None

    @property
    def depth(self) -> int:
        """How many layers it stands for."""
        return len(self._layers)

    @torch.no_grad()
    def run(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        """What the last frozen layer gives, (windows, tokens, hidden); later layers do not run."""
        found: list[torch.Tensor] = []

        def stop(_layer: nn.Module, _inputs: Any, output: Any) -> None:
            self._in_tuple = isinstance(output, tuple)
            found.append(output[0] if self._in_tuple else output)
            raise _Reached

        handle = self._layers[-1].register_forward_hook(stop)
        try:
            self._model(**inputs)
        except _Reached:
            pass
        finally:
            handle.remove()
        return found[0]

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """Within, the frozen layers do nothing and the last one gives what `recall` was told."""
        for layer in self._layers[:-1]:
            # On the instance, which leaves weights and attributes that some models ask of a layer.
            layer.__dict__["forward"] = self._passed_on
        self._layers[-1].__dict__["forward"] = self._recalled
        try:
            yield
        finally:
            for layer in self._layers:
                layer.__dict__.pop("forward", None)
            self._current = None

    @torch.no_grad()
    def faithful(self, inputs: dict[str, torch.Tensor], remembered: torch.Tensor) -> bool:
        """Whether the model gives the same logits from what is remembered as from the start."""
        expected = self._model(**inputs).logits
        with self.replaced():
            self.recall(remembered)
            found = self._model(**inputs).logits
        return torch.allclose(found, expected, atol=_TOLERANCE, rtol=_TOLERANCE)

    def recall(self, hidden: torch.Tensor) -> None:
        """What the next forward pass starts from, as `run` gave it."""
        self._current = hidden

    def _passed_on(self, hidden_states: torch.Tensor, *_: Any, **__: Any) -> Any:
        return (hidden_states,) if self._in_tuple else hidden_states

    def _recalled(self, *_: Any, **__: Any) -> Any:
        if self._current is None:
            raise RuntimeError("nothing to recall: the batch came without remembered outputs")
        return (self._current,) if self._in_tuple else self._current


def bytes_needed(tables: Sequence[Table], width: int) -> int:
    """Memory for the float32 outputs, `width` wide, of every token of the tables."""
    return sum(table.tokens for table in tables) * width * 4


def remember(
    trunk: Trunk, table: Table, accelerator: Accelerator, *, width: int, token_budget: int
) -> tuple[torch.Tensor, ...]:
    """Each window's outputs, (tokens, width) in main memory, in the table's order of windows.

    Batches are the same whatever the number of processes, which share the work, so that every
    process of every run keeps the same numbers.
    """
    order = table.lengths.argsort(kind="stable").tolist()
    batches = group(order, table.lengths, table.counts, token_budget=token_budget)
    mine = batches[accelerator.process_index :: accelerator.num_processes]
    computed = (_run(trunk, table, rows, accelerator) for rows in mine)
    if accelerator.num_processes > 1:
        # All of one's own before any exchange, which waits for the others.
        computed = (each for each in list(computed))
    kept: dict[int, torch.Tensor] = {}
    for at, rows in enumerate(batches):
        owner = at % accelerator.num_processes
        hidden = next(computed) if owner == accelerator.process_index else None
        shared = _shared(hidden, owner, _shape(table, rows, width), accelerator)
        places = [place for row in rows for place in table.places(row)]
        for place, tokens in zip(places, shared, strict=True):
            kept[place] = tokens[: len(table.windows[place].input_ids)].clone()
    return tuple(kept[at] for at in range(len(table.windows)))


def _run(trunk: Trunk, table: Table, rows: Sequence[int], accelerator: Accelerator) -> torch.Tensor:
    inputs = table.batch(rows).inputs
    with accelerator.autocast():
        hidden = trunk.run({name: each.to(accelerator.device) for name, each in inputs.items()})
    return hidden.float().cpu()


def _shape(table: Table, rows: Sequence[int], width: int) -> tuple[int, int, int]:
    return int(table.counts[list(rows)].sum()), int(table.lengths[list(rows)].max()), width


def _shared(
    hidden: torch.Tensor | None, owner: int, shape: tuple[int, int, int], accelerator: Accelerator
) -> torch.Tensor:
    """The owner's tensor, in the main memory of every process."""
    from accelerate.utils import broadcast

    sent = torch.empty(shape) if hidden is None else hidden
    if accelerator.num_processes == 1:
        return sent
    return broadcast(sent.to(accelerator.device), from_process=owner).cpu()  # type: ignore[no-any-return]
