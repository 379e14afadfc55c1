"""Siblings in curation: on top of what was kept, counted by family, never in certification."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.cli import main
from gatewright.training.curation import CuratedSet, curate, leaks, load
from gatewright.training.disguises import FAMILIES
from gatewright.training.examples import Example, Origin, write_examples

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def examples() -> list[Example]:
    """Two hundred examples with hardly a run of letters in common, and a copy."""
    made = [_example(at) for at in range(200)]
    return [*made, _example(0, group="copy")]


def _example(at: int, group: str | None = None) -> Example:
    drawn = random.Random(at)
    text = " ".join(f"{drawn.randrange(26**5):x}" for _ in range(40))
    clause = f"weather/{'rain' if at % 2 else 'past'}"
    return Example(verdicts={"weather": at % 2}, clause=clause, group=group or str(at), text=text)


def origins(part: list[Example]) -> set[Origin]:
    return {each.origin for each in part}


def test_siblings_come_on_top_and_certification_stays_natural(examples: list[Example]) -> None:
    plain, curated = curate(examples), curate(examples, disguised=0.5)
    report = curated.report
    assert (report["in"], report["kept"], report["dropped"]) == (201, 200, 1)
    assert curated.split.certification == plain.split.certification
    assert origins(curated.split.train) == origins(curated.split.validation)
    assert origins(curated.split.train) == {"written", "augmented"}
    for name in ("train", "validation"):
        before, after = getattr(plain.split, name), getattr(curated.split, name)
        assert after[: len(before)] == before
        assert len(after) > 1.4 * len(before)
    added = sum(report["splits"].values()) - report["kept"]
    assert report["siblings"]["added"] == added == sum(report["siblings"]["families"].values())
    assert added + len(curated.failed) == pytest.approx((200 - len(plain.split[2])) / 2, abs=2)
    assert set(report["siblings"]["families"]) == set(FAMILIES)
    assert sum(sum(row["counts"].values()) for row in report["clauses"]) == 200 + added


def test_without_a_share_nothing_is_added(examples: list[Example]) -> None:
    assert curate(examples) == CuratedSet(
        curate(examples, disguised=0).split, curate(examples).dropped
    )
    assert curate(examples).report["siblings"] == {"added": 0, "families": {}, "failed": {}}


def test_no_sibling_is_a_copy_of_what_certifies(examples: list[Example]) -> None:
    certification = curate(examples).split.certification
    found = leaks(curate(examples, disguised=1).split)
    assert not [each for each in found if each.new in certification]


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    def typed(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return typed


@pytest.fixture
def run(tmp_path: Path, examples: list[Example]) -> Path:
    write_examples(tmp_path / "run/examples/examples.parquet", examples)
    return tmp_path / "run"


def test_the_verb_names_the_families(type_: Type, run: Path) -> None:
    code, out, err = type_("curate", run, "--disguise", 0.5)
    assert (code, err) == (0, "")
    text = " ".join(out.split())
    assert "201 in, 200 kept, 1 dropped (1 exact duplicate)" in text
    assert "disguised siblings added (" in text
    assert all(f" {family}" in text for family in FAMILIES)
    code, out, _ = type_("curate", run, "--disguise", 0.5, "--json")
    report = json.loads(out)
    stored = load(run / "curated")
    assert {name: len(part) for name, part in stored._asdict().items()} == report["splits"]
    assert sum(report["splits"].values()) == report["kept"] + report["siblings"]["added"]
    lines = (run / "curated/dropped.jsonl").read_text(encoding="utf-8").splitlines()
    failed = sum(report["siblings"]["failed"].values())
    assert len(lines) == report["dropped"] + failed


def test_the_verb_is_silent_about_siblings_unless_asked(type_: Type, run: Path) -> None:
    assert "sibling" not in type_("curate", run)[1]
    assert type_("curate", run, "--disguise", 1.5)[0] == 2
