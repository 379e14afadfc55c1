"""A gate certified: what its card says is what it does, and what it may not claim is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatewright.classifiers.bundle import read_bundle
from gatewright.classifiers.gate import Gate
from gatewright.errors import ArtefactError, InputError, QualityError
from gatewright.training.certification import (
    Certification,
    Pool,
    certification_pools,
    certify_gate,
    certify_run,
)
from gatewright.training.curation import Split
from gatewright.training.examples import Example


def certify(run: Path, split: Split, **options: Any) -> Certification:
    benign, restricted = certification_pools(split)
    given: dict[str, Any] = {
        "benign": benign,
        "restricted": restricted,
        "train": split.train,
        "validation": split.validation,
        **options,
    }
    return certify_gate(run / "gate", **given)


def decisions(run: Path, scorer: Any, examples: list[Example]) -> list[str]:
    card = read_bundle(run / "gate")
    assert card.thresholds is not None
    gate = Gate(
        scorer, thresholds=card.thresholds, temperature=card.temperature, digest=card.digest
    )
    return [verdict.decision for verdict in gate.judge([each.text for each in examples])]


def test_the_certificate_counts_what_the_gate_does(run: Path, split: Split, scorer: Any) -> None:
    found = certify(run, split, budget=0.07, miss_budget=0.15)
    card = read_bundle(run / "gate")
    assert (card.thresholds, card.temperature) == (found.thresholds, found.calibration.temperature)
    assert card.temperature != 1.0
    drop, keep = found.thresholds.drop, found.thresholds.keep
    assert keep is not None
    assert (drop.n, drop.k, keep.n, keep.k) == (100, 2, 60, 4)
    benign, restricted = certification_pools(split)
    assert decisions(run, scorer, benign.examples).count("dropped") == 2
    assert decisions(run, scorer, restricted.examples).count("kept") == 4
    assert (drop.pool_digest, keep.pool_digest) == (benign.digest, restricted.digest)
    assert (drop.kind, keep.kind) == ("false_positive_budget", "miss_budget")
    assert drop.bound <= 0.07
    assert keep.bound <= 0.15


def test_any_rule_that_fires_on_permitted_text_counts(
    run: Path, split: Split, example: Any
) -> None:
    first = [example(f"first {at}", 5.0) for at in range(3)]
    second = [example(f"second {at}", -9.0, second=5.0) for at in range(3)]
    quiet = [example(f"quiet {at}", -5.0) for at in range(200)]
    for loud in (first, second):
        found = certify(run, split, benign=Pool([*quiet, *loud], "a pool", {}))
        assert found.thresholds.drop.k == 3
        assert found.thresholds.drop.threshold < 0.5


def test_a_group_counts_once_with_the_member_the_gate_gets_wrong(
    run: Path, split: Split, example: Any
) -> None:
    def siblings(odd: float, rest: float, *, restricted: bool) -> Pool:
        members = [(group, member) for group in range(100) for member in range(3)]
        return Pool(
            [
                example(
                    f"{restricted} {each}",
                    odd if each == (0, 1) else rest,
                    restricted=restricted,
                    group=f"{restricted} {each[0]}",
                )
                for each in members
            ],
            "a pool",
            {},
        )

    benign = siblings(7.0, 6.0, restricted=False)
    restricted = siblings(-5.0, 5.0, restricted=True)
    found = certify(run, split, benign=benign, restricted=restricted, miss_budget=0.05)
    drop, keep = found.thresholds.drop, found.thresholds.keep
    assert keep is not None
    assert (drop.n, drop.k, keep.n, keep.k) == (100, 1, 100, 1)


def test_what_has_no_score_is_counted_and_is_neither_dropped_nor_kept(
    run: Path, split: Split, scorer: Any, example: Any
) -> None:
    silent = [example(f"silent {at}", None) for at in range(50)]
    broken = [example(f"broken {at}", float("nan"), restricted=True) for at in range(5)]
    benign, restricted = certification_pools(split)
    found = certify(
        run,
        split,
        benign=replace(benign, examples=[*benign.examples, *silent]),
        restricted=replace(restricted, examples=[*restricted.examples, *broken]),
        budget=0.05,
        miss_budget=0.15,
    )
    assert found.unscored == {"over-long text": 50, "the model gives no finite score": 5}
    assert (found.thresholds.drop.n, found.thresholds.drop.k) == (150, 2)
    assert found.thresholds.keep is not None
    assert (found.thresholds.keep.n, found.thresholds.keep.k) == (65, 4)
    assert set(decisions(run, scorer, [*silent, *broken])) == {"undecided"}


def test_a_pool_too_small_is_refused_and_the_gate_stays_as_it_was(run: Path, split: Split) -> None:
    before = (run / "gate/gate.json").read_bytes()
    with pytest.raises(QualityError, match=r"100 permitted .* it takes 299"):
        certify(run, split, budget=0.01)
    assert (run / "gate/gate.json").read_bytes() == before


@pytest.mark.parametrize("part", ["train", "validation"])
@pytest.mark.parametrize("side", ["benign", "restricted"])
def test_a_pool_that_was_learned_from_is_refused(
    part: str, side: str, run: Path, split: Split, example: Any
) -> None:
    verdict = side == "restricted"
    seen = getattr(split, part)[0]
    sibling = example("sibling", 0.0, restricted=verdict, group=seen.group)
    copy = replace(sibling, group="new", text=f"{seen.text} indeed")
    for stranger, kind in ((sibling, "same group"), (copy, "near duplicate")):
        pool = Pool([stranger], "a pool", {})
        with pytest.raises(QualityError, match=rf"1 of 1 examples .* trained on \({kind}\)"):
            certify(run, split, **{side: pool})


def test_a_pool_of_the_other_verdict_is_refused(run: Path, split: Split) -> None:
    benign, restricted = certification_pools(split)
    with pytest.raises(InputError, match="not every example is permitted"):
        certify(run, split, benign=restricted)
    with pytest.raises(InputError, match="not every example is restricted"):
        certify(run, split, restricted=benign)


def test_without_enough_restricted_examples_there_is_no_lower_threshold(
    run: Path, split: Split
) -> None:
    _, restricted = certification_pools(split)
    few = replace(restricted, examples=restricted.examples[-20:])
    found = certify(run, split, restricted=few)
    assert found.thresholds.keep is None
    assert "it takes 29" in str(found.thresholds.keep_reason)
    with pytest.raises(QualityError, match=r"20 restricted .* it takes 59"):
        certify(run, split, restricted=few, miss_budget=0.05)


def test_where_the_drop_threshold_misses_little_enough_nothing_is_undecided(
    run: Path, split: Split, example: Any, scorer: Any
) -> None:
    clear = [example(f"clear {at}", 9.0 + at / 100, restricted=True) for at in range(100)]
    found = certify(run, split, restricted=Pool(clear, "a pool", {}), miss_budget=0.1)
    assert found.thresholds.keep is None
    assert "than the miss budget of 10 % allows" in str(found.thresholds.keep_reason)
    assert set(decisions(run, scorer, clear)) == {"dropped"}


def test_a_validation_set_of_one_verdict_leaves_the_temperature_at_one(
    run: Path, split: Split
) -> None:
    permitted = [each for each in split.validation if not each.restricted]
    found = certify(run, split, validation=permitted)
    assert (found.calibration.temperature, read_bundle(run / "gate").temperature) == (1.0, 1.0)
    assert found.calibration.reason == "no restricted verdicts to calibrate on"


def test_a_damaged_gate_is_refused(run: Path, split: Split) -> None:
    (run / "gate/constitution.md").write_text("another", encoding="utf-8")
    with pytest.raises(ArtefactError, match=r"constitution\.md"):
        certify(run, split)


def test_the_digest_of_a_pool_is_that_of_its_texts_in_any_order(split: Split) -> None:
    benign, _ = certification_pools(split)
    turned = replace(benign, examples=benign.examples[::-1], words="other words")
    shorter = replace(benign, examples=benign.examples[1:])
    assert benign.digest == turned.digest != shorter.digest


def test_a_run_is_certified_on_its_own_examples(run: Path) -> None:
    certified = certify_run(run, miss_budget=0.15)
    report = json.loads(json.dumps(certified.report, allow_nan=False))
    assert report["thresholds"]["drop"]["pool"] == "permitted examples of the certification split"
    assert certified.sentences[0] == (
        "of 100 permitted examples never trained on, 0 would be dropped; with 95 % confidence at "
        "most 2.95 % of such text is dropped"
    )
    assert certified.left_out == {}


def test_a_run_is_certified_on_a_file_of_its_user(
    run: Path, split: Split, example: Any, tmp_path: Path
) -> None:
    own = [example(f"own {at}", 2.0 if at < 3 else -2.0) for at in range(320)]
    rows: list[dict[str, Any]] = [{"body": each.text} for each in own]
    rows += [
        {"body": str(own[9].text).upper()},
        {"body": split.train[0].text},
        {"body": f"{split.validation[0].text} again"},
        {"body": None},
    ]
    file = tmp_path / "ordinary.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    certified = certify_run(run, benign=file, text="body", budget=0.01)
    drop = certified.certification.thresholds.drop
    assert (drop.n, drop.k, drop.pool) == (320, 0, "323 rows of ordinary.jsonl")
    assert certified.left_out == {"no text": 1, "trained on": 2}
