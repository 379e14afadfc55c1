"""metrics.json: strict, complete, and honest about what was chosen where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gatewright.classifiers.bundle import read_bundle
from gatewright.training.certification import certify_run, report_metrics


def strict(path: Path) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_the_figures_of_a_certified_run(run: Path) -> None:
    certified = certify_run(run, miss_budget=0.15)
    report = report_metrics(run)
    assert strict(run / "metrics.json") == report
    assert report["gate"] == read_bundle(run / "gate").digest
    assert report["certificates"] == certified.certification.thresholds.model_dump(mode="json")
    overall = report["overall"]
    drop = certified.certification.thresholds.drop
    assert (overall["n"], overall["restricted"]) == (160, 60)
    assert overall["false_positive_rate"]["k"] == drop.k
    assert overall["recall"]["value"] == overall["decisions"]["restricted"]["dropped"] / 60
    assert list(report["rules"]) == ["first", "second"]
    assert report["rules"]["second"]["auroc"] == {"value": None, "reason": "no restricted examples"}
    assert report["clauses"]["first/c"]["n"] == 160


def test_the_note_names_what_was_chosen_on_these_examples(run: Path) -> None:
    certify_run(run, miss_budget=0.15)
    note = report_metrics(run)["note"]
    assert "the drop threshold on the permitted ones and the keep threshold on the restric" in note


def test_the_note_of_a_gate_certified_elsewhere(run: Path, example: Any, tmp_path: Path) -> None:
    own = [example(f"own {at}", -2.0) for at in range(100)]
    file = tmp_path / "ordinary.jsonl"
    file.write_text("".join(json.dumps({"text": each.text}) + "\n" for each in own), "utf-8")
    certify_run(run, benign=file, miss_budget=0.15)
    assert "the drop threshold" not in report_metrics(run)["note"]


def test_an_uncertified_gate_has_figures_without_thresholds(run: Path) -> None:
    report = report_metrics(run)
    assert report["certificates"] is None
    assert report["note"].startswith("The gate is not certified")
    assert report["overall"]["auroc"]["value"] > 0.9
    assert report["overall"]["recall"]["value"] is None
