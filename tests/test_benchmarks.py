"""What the benchmarks do with figures once they are measured."""

from __future__ import annotations

from pathlib import Path

from benchmarks.averaging import over_seeds
from benchmarks.table import table

from gatewright.artefacts import write_json


def test_figures_of_several_seeds_are_averaged_and_kept() -> None:
    seeds = [
        {"set": {"auprc": {"value": 0.7, "low": 0.6, "high": 0.8}, "recall": {"value": None}}},
        {"set": {"auprc": {"value": 0.9, "low": 0.8, "high": 1.0}, "recall": {"value": None}}},
    ]
    found = over_seeds(seeds)["set"]
    assert found["auprc"] == {"value": 0.8, "by_seed": [0.7, 0.9]}
    assert found["recall"]["value"] is None


def test_one_seed_keeps_its_bounds() -> None:
    only = {"set": {"auprc": {"value": 0.7, "low": 0.6, "high": 0.8}}}
    assert over_seeds([only]) == only


def test_a_row_shows_the_spread_over_seeds_and_a_missed_goal(tmp_path: Path) -> None:
    gate = {"value": 0.75, "by_seed": [0.7, 0.8]}
    write_json(
        tmp_path / "policy.json",
        {
            "constitution": "policy",
            "examples": {"train": 1200},
            "sets": {
                "public": {
                    "n": 10,
                    "restricted": 5,
                    "gate": {"auprc": gate, "auroc": {"value": 0.8}},
                    "floor": {"auprc": {"value": 0.5}, "auroc": {"value": 0.6}},
                }
            },
            "held_out": {"n": 7, "auroc": {"gate": 0.9, "floor": 0.8}, "length_auroc": 0.5},
            "goals": [{"set": "public", "metric": "auprc", "at_least": 0.9, "met": False}],
        },
    )
    printed = table(tmp_path)
    assert "| 0.750 [0.70 to 0.80] (missed) |" in printed
    assert "+0.100 on public" in printed
