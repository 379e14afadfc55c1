"""Curation as a whole: nothing lost, the same from the same seed, and back from its files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatewright.errors import ArtefactError, QualityError
from gatewright.training.curation import Shares, curate, load, store
from gatewright.training.examples import Example


def test_everything_that_comes_in_is_kept_or_dropped(corpus: list[Example], make: Any) -> None:
    dirt = [
        make(" "),
        replace(corpus[2], group="copy"),
        replace(corpus[5], verdicts={"rule1": 1 - corpus[5].verdicts["rule1"]}, group="liar"),
        make(f"{corpus[8].text} indeed", group="almost"),
    ]
    curated = curate([*corpus, *dirt], seed=0)
    assert curated.report["reasons"] == {
        "contradictory labels": 2,
        "no text": 1,
        "exact duplicate": 1,
        "near duplicate": 1,
    }
    assert curated.report["in"] == len(corpus) + 4 == curated.kept + len(curated.dropped)
    ids = [each.id for part in curated.split for each in part]
    assert len(ids) == len(set(ids)) == len(corpus) - 1


def test_the_report_counts_clause_by_verdict_by_split(corpus: list[Example]) -> None:
    report = json.loads(json.dumps(curate(corpus, seed=0).report, allow_nan=False))
    rows = {(row["clause"], row["verdict"]): row["counts"] for row in report["clauses"]}
    assert list(rows)[:2] == [("rule0/clause0", "restricted"), ("rule0/clause0", "permitted")]
    assert sum(sum(counts.values()) for counts in rows.values()) == report["kept"] == 240
    for name, size in report["splits"].items():
        assert sum(counts[name] for counts in rows.values()) == size


def test_one_seed_gives_one_result_to_the_byte(corpus: list[Example], tmp_path: Path) -> None:
    for folder in ("a", "b"):
        store(curate(corpus, seed=5), tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [
        "certification.parquet",
        "dropped.jsonl",
        "train.parquet",
        "validation.parquet",
    ]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_what_is_stored_is_what_is_loaded(corpus: list[Example], make: Any, tmp_path: Path) -> None:
    curated = curate([*corpus, make(" ")], seed=0)
    store(curated, tmp_path)
    assert load(tmp_path) == curated.split
    lines = (tmp_path / "dropped.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["reason"] for line in lines] == ["no text"]


def test_a_missing_split_is_an_artefact_error(corpus: list[Example], tmp_path: Path) -> None:
    store(curate(corpus, seed=0), tmp_path)
    (tmp_path / "validation.parquet").unlink()
    with pytest.raises(ArtefactError, match=r"validation\.parquet"):
        load(tmp_path)


def test_shares_and_limits_reach_their_steps(corpus: list[Example]) -> None:
    shares = Shares(0.4, 0.2, 0.4)
    curated = curate(corpus, seed=0, shares=shares, clause_cap=20)
    assert curated.report["reasons"] == {"surplus": 240 - curated.kept}
    assert len(curated.split.certification) == pytest.approx(0.4 * curated.kept, abs=3)


def test_too_little_to_split_is_refused(corpus: list[Example]) -> None:
    with pytest.raises(QualityError, match="too few examples to split"):
        curate(corpus[:3], seed=0)
