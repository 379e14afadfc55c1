"""What a person is told about a run that did not go smoothly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gatewright.training.runs.running import RunResult
from gatewright.training.runs.telling import as_rows, next_steps


def _with(whole: RunResult, stage: str, **changes: Any) -> RunResult:
    stages = tuple(
        each.model_copy(update={"result": {**each.result, **changes}})
        if each.name == stage
        else each
        for each in whole.stages
    )
    return replace(whole, stages=stages)


def test_what_went_wrong_with_the_replies_is_told(whole: RunResult) -> None:
    result = _with(
        whole,
        "synthesize",
        generator="recorded",
        planned=60,
        answered=57,
        reworded=4,
        dropped=9,
        dropped_by_reason={"reply: not JSON": 7, "refused": 2},
        alarms=["the same reply came back"],
    )
    rows = dict(as_rows(result))
    assert rows["requests"] == (
        "57 of 60 answered by recorded, 4 of them under an earlier wording of clause or template"
    )
    assert rows["unusable"] == "9: 7 reply: not JSON, 2 refused"
    assert rows["look out"] == "the same reply came back"


def test_the_weak_generator_is_called_weak(whole: RunResult) -> None:
    assert "weak" in dict(as_rows(whole))["look out"]


def test_figures_that_cannot_be_computed_are_left_out(whole: RunResult) -> None:
    overall = {
        **whole.result("certify")["overall"],
        "auroc": {"value": None, "reason": "one class"},
        "f1": {"value": 0.5},
    }
    figures = dict(as_rows(_with(whole, "certify", overall=overall)))["figures"]
    assert "AUROC" not in figures
    assert "F1 0.500" in figures


@pytest.mark.parametrize(
    ("judges", "columns", "call"),
    [
        ("prompt", "--prompt prompt", 'gate("some text")'),
        ("exchange", "--prompt prompt --response response", 'prompt="its prompt")'),
    ],
)
def test_the_next_steps_fit_what_is_judged(
    whole: RunResult, judges: str, columns: str, call: str
) -> None:
    filtering, measuring, using = next_steps(_with(whole, "check", judges=judges))
    assert columns in filtering
    assert columns in measuring
    assert call in using
