"""A dataset in three."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from gatewright.classifiers.gate import Gate
from gatewright.errors import InputError


@pytest.fixture
def dataset(texts: list[str]) -> Dataset:
    rows = [None, "", *texts]
    return Dataset.from_dict({"text": rows, "n": list(range(len(rows)))})


def test_rows_go_where_their_verdicts_say(gate: Gate, dataset: Dataset) -> None:
    result = gate.filter(dataset)
    decisions = [verdict.decision for verdict in gate.judge(dataset["text"])]
    for name in ("kept", "dropped", "undecided"):
        expected = [at for at, decision in enumerate(decisions) if decision == name]
        assert getattr(result, name)["n"] == expected
        assert result.counts[name] == len(expected)
    assert all(result.counts.values())


def test_those_that_left_say_why(gate: Gate, dataset: Dataset) -> None:
    result = gate.filter(dataset)
    assert result.kept.features == dataset.features
    (row,) = [row for row in result.undecided if row["n"] == 0]
    assert row == {
        "text": None,
        "n": 0,
        "gate_decision": "undecided",
        "gate_reason": "missing: there is no text",
        "gate_rule": None,
        "gate_score": None,
    }
    for row in result.dropped:
        assert row["gate_score"] == pytest.approx(
            gate(row["text"]).scores[row["gate_rule"]], abs=1e-5
        )
    again = gate.filter(result.undecided)
    assert again.undecided.column_names == result.undecided.column_names


def test_columns_can_be_named(gate: Gate, exchange_gate: Gate) -> None:
    rows = {"body": ["cat"], "q": ["you"], "a": ["hello"]}
    dataset = Dataset.from_dict(rows)
    assert sum(gate.filter(dataset, text="body").counts.values()) == 1
    assert sum(exchange_gate.filter(dataset, prompt="q", response="a").counts.values()) == 1
    assert sum(exchange_gate.filter(dataset, prompt="q", text="a").counts.values()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no column 'text' for the text; its columns are 'body'.*text=COLUMN"),
        ({"text": "txt"}, "no column 'txt'"),
        ({"prompt": "body"}, "no use for a prompt column"),
    ],
)
def test_wrong_columns(gate: Gate, options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        gate.filter(Dataset.from_dict({"body": ["x"]}), **options)


def test_the_judged_column_is_given_once(exchange_gate: Gate) -> None:
    with pytest.raises(InputError, match="mean the same"):
        exchange_gate.filter(Dataset.from_dict({}), text="a", response="b")


@pytest.mark.parametrize("other", [["text"], {"text": ["x"]}, DatasetDict()])
def test_other_things_than_datasets(gate: Gate, other: Any) -> None:
    with pytest.raises(InputError, match=r"datasets\.Dataset"):
        gate.filter(other)


@pytest.mark.parametrize("text", ["kill evil you", "cat"])
def test_empty_sides_keep_their_columns(gate: Gate, text: str) -> None:
    result = gate.filter(Dataset.from_dict({"text": [text]}))
    assert sum(result.counts.values()) == 1
    assert result.dropped.column_names == result.undecided.column_names
    assert len(result.dropped.column_names) == 5


def test_no_rows(gate: Gate) -> None:
    assert gate.filter(Dataset.from_dict({"text": []})).counts == {
        "kept": 0,
        "dropped": 0,
        "undecided": 0,
    }


def test_a_gate_works_in_the_datasets_own_filter(gate: Gate, dataset: Dataset) -> None:
    def kept(batch: dict[str, list[Any]]) -> list[bool]:
        return [verdict.decision == "kept" for verdict in gate.judge(batch["text"])]

    filtered = dataset.filter(kept, batched=True, batch_size=2)
    assert filtered["n"] == gate.filter(dataset).kept["n"]
