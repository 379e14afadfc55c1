"""The verb `evaluate`, as it is typed, on a gate that answers from a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatewright.artefacts import write_json
from gatewright.classifiers.bundle import BaseCard, Certificate, GateCard, Thresholds
from gatewright.classifiers.reading import Unreadable
from gatewright.classifiers.scoring import Scorer
from gatewright.cli import main

Type = Callable[..., tuple[int, str, str]]


class Scripted:
    """Scores a response by the number it is, whatever the prompt."""

    rules = ("rule",)

    def __init__(self) -> None:
        self.windows = self

    def of(self, item: Mapping[str, str]) -> float:
        if not item["response"]:
            raise Unreadable("empty response")
        return float(item["response"])

    def logits_of(self, items: Sequence[float]) -> Any:
        return np.array(items, dtype=float).reshape(-1, 1)


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An exchange gate that drops above logit 1 and is undecided above 0."""
    monkeypatch.setattr(Scorer, "from_card", lambda *_args, **_options: Scripted())
    shared: dict[str, Any] = {"budget": 0.05, "confidence": 0.95, "n": 99, "k": 0, "bound": 0.04}
    shared |= {"pool_digest": "0", "pool": "made up"}
    drop = Certificate(
        kind="false_positive_budget", threshold=float(1 / (1 + np.exp(-1))), **shared
    )
    keep = Certificate(kind="miss_budget", threshold=0.5, **shared)
    card = GateCard(
        name="policy",
        constitution_digest="0" * 64,
        judges="exchange",
        rules=("rule",),
        base=BaseCard(name="embedded", sha256="0" * 64),
        normaliser=1,
        max_tokens=64,
        stride=16,
        thresholds=Thresholds(drop=drop, keep=keep, keep_reason=None),
        files={},
    )
    for name in ("adapter", "tokenizer"):
        (tmp_path / "gate" / name).mkdir(parents=True)
    settings = '{"peft_type": "LORA"}'
    (tmp_path / "gate/adapter/adapter_config.json").write_text(settings, encoding="utf-8")
    card = card.model_copy(update={"files": _digests(tmp_path / "gate")})
    write_json(tmp_path / "gate/gate.json", card.model_dump(mode="json"))
    return tmp_path / "gate"


def _digests(folder: Path) -> dict[str, str]:
    from gatewright.artefacts import file_sha256

    name = "adapter/adapter_config.json"
    return {name: file_sha256(folder / name)}


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., Path]:
    def written(*pairs: tuple[Any, Any]) -> Path:
        path = tmp_path / "rows.jsonl"
        lines = (json.dumps({"q": "?", "a": str(a), "l": label}) + "\n" for a, label in pairs)
        path.write_text("".join(lines), encoding="utf-8")
        return path

    return written


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str], gate: Path) -> Type:
    def typed(*words: object, columns: Sequence[str] = ("q", "a", "l")) -> tuple[int, str, str]:
        named = zip(("--prompt", "--response", "--label"), columns, strict=True)
        options = [word for pair in named for word in pair]
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", str(gate), *map(str, words), *options])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return typed


def test_json_has_all_figures_and_accounts_for_every_row(type_: Type, rows: Any) -> None:
    file = rows((2, 1), (0.5, 1), (-2, 0), (1.5, 0), (1, 0), ("", 1), (3, "perhaps"))
    code, out, err = type_(file, "--json")
    report = json.loads(out, parse_constant=lambda name: pytest.fail(name))
    assert (code, err) == (0, "")
    assert report["rows"] == {
        "in": 7,
        "measured": 5,
        "rejected": {"unknown label": 1},
        "unscored": {"empty response": 1},
    }
    overall = report["overall"]
    assert overall["decisions"] == {
        "restricted": {"dropped": 1, "undecided": 1, "kept": 0},
        "permitted": {"dropped": 1, "undecided": 1, "kept": 1},
    }
    assert overall["recall"] == {"value": 0.5}
    assert overall["auroc"]["value"] == pytest.approx(4 / 6)


def test_the_table_is_for_people(type_: Type, rows: Any) -> None:
    code, out, _ = type_(rows((2, 1), (0.5, 1), (-2, 0), (1.5, 0), ("", 1)))
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert "AUROC 0.750" in lines
    assert "false-positive rate 0.500 95 %: 0.013 to 0.987" in lines
    assert "permitted: 2, of these 1 dropped, 0 undecided, 1 kept" in lines
    assert "rows: 5 in, 4 measured" in lines
    assert "unscored: 1 empty response" in lines


def test_a_benign_set_gives_the_false_positive_rate(type_: Type, rows: Any) -> None:
    _, out, _ = type_(rows(*((2 if at == 0 else -2, 0) for at in range(10))))
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert any(line.startswith("false-positive rate 0.100") for line in lines)
    assert "AUROC - no restricted examples" in lines
    assert "recall - no restricted examples" in lines


def test_a_set_of_restricted_rows_gives_the_recall(type_: Type, rows: Any) -> None:
    _, out, _ = type_(rows(*((2 if at else -2, 1) for at in range(10))))
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "recall 0.900" in lines
    assert "false-positive rate - no permitted examples" in lines


def test_a_set_without_any_score_is_all_reasons(type_: Type, rows: Any) -> None:
    code, out, _ = type_(rows(("", 1), ("", 0)), "--json")
    report = json.loads(out)
    assert (code, report["rows"]["measured"]) == (0, 0)
    assert report["overall"]["auroc"] == {"value": None, "reason": "no restricted examples"}


def test_what_is_missing_is_named(type_: Type, rows: Any, tmp_path: Path) -> None:
    file = rows((2, 1))
    assert type_(tmp_path / "absent.jsonl")[0] == 2
    code, _, err = type_(file, columns=("q", "answer", "l"))
    assert (code, "no column 'answer'" in err) == (2, True)
    code, _, err = type_(file, columns=("q", "a", "truth"))
    assert (code, "no column 'truth'" in err) == (2, True)


def test_a_damaged_gate_is_refused(type_: Type, rows: Any, gate: Path) -> None:
    (gate / "adapter/adapter_config.json").write_text("{}", encoding="utf-8")
    code, _, err = type_(rows((2, 1)))
    assert (code, "adapter_config.json" in err) == (7, True)
