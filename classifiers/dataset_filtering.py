"""A `datasets.Dataset` in, three out: kept, dropped, undecided; every row in exactly one of them.

Takes a function that judges and the columns it judges. Knows nothing about models or files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets import Dataset, Features, Value, concatenate_datasets

from gatewright.classifiers.columns import require_columns
from gatewright.classifiers.deciding import explanation
from gatewright.classifiers.verdicts import Verdict
from gatewright.errors import InputError

__all__ = ["FilterResult", "filter_dataset"]

_ROWS_AT_ONCE = 1000
_EXPLAINED = {"decision": "string", "reason": "string", "rule": "string", "score": "float64"}


@dataclass(frozen=True, slots=True)
class FilterResult:
    """A dataset in three. Rows keep their order; `kept` has the columns it came with.

    `dropped` and `undecided` have four more: `gate_decision`, `gate_reason`, `gate_rule` and
    `gate_score`.
    """

    kept: Dataset
    dropped: Dataset
    undecided: Dataset

    @property
    def counts(self) -> dict[str, int]:
        """Rows by decision."""
        return {
            "kept": len(self.kept),
            "dropped": len(self.dropped),
            "undecided": len(self.undecided),
        }


def filter_dataset(
    judge: Callable[[Sequence[Mapping[str, Any]]], list[Verdict]],
    dataset: Dataset,
    columns: Mapping[str, str],
) -> FilterResult:
    """Sort the rows of `dataset` by the verdicts of `judge` on items of the given columns.

    Args:
        judge: gives one verdict per item; an item is its texts by field.
        dataset: any size; it is read in pieces.
        columns: column by field.

    Raises:
        InputError: it is not a dataset, or lacks a column.
    """
    if not isinstance(dataset, Dataset):
        raise InputError(
            f"filter takes a datasets.Dataset, not {type(dataset).__name__}; choose one split of a "
            "DatasetDict, make one of a list with Dataset.from_list, or call gate.judge"
        )
    require_columns(columns, dataset.column_names, "the dataset")
    verdicts = [verdict for batch in _batches(dataset, columns) for verdict in judge(batch)]
    if len(verdicts) != len(dataset):
        raise AssertionError(f"{len(verdicts)} verdicts on {len(dataset)} rows")
    places: dict[str, list[int]] = {"kept": [], "dropped": [], "undecided": []}
    for at, verdict in enumerate(verdicts):
        places[verdict.decision].append(at)
    return FilterResult(
        kept=dataset.select(places["kept"]),
        dropped=_explained(dataset, verdicts, places["dropped"]),
        undecided=_explained(dataset, verdicts, places["undecided"]),
    )


def _batches(dataset: Dataset, columns: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
    table = dataset.select_columns(sorted(set(columns.values()))).with_format(None)
    for batch in table.iter(_ROWS_AT_ONCE):
        rows = zip(*(batch[column] for column in columns.values()), strict=True)
        yield [dict(zip(columns, row, strict=True)) for row in rows]


def _explained(dataset: Dataset, verdicts: Sequence[Verdict], places: Sequence[int]) -> Dataset:
    more = Features({f"gate_{name}": Value(kind) for name, kind in _EXPLAINED.items()})
    former = [name for name in more if name in dataset.column_names]
    rows = dataset.remove_columns(former).select(places)
    if not places:  # datasets cannot add a column to no rows
        features = Features({**rows.features, **more})
        return Dataset.from_dict({name: [] for name in features}, features)
    reasons = [explanation(verdicts[at]) for at in places]
    columns = {f"gate_{name}": [reason[name] for reason in reasons] for name in _EXPLAINED}
    return concatenate_datasets([rows, Dataset.from_dict(columns, more)], axis=1)
