"""The bundled constitutions and the starter are valid, and every kind of starter is."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from gatewright.constitution import (
    FIELDS,
    Judges,
    copied,
    find_constitution,
    library_names,
    library_path,
    lint,
    load,
    parse,
    starter,
)
from gatewright.errors import InputError


@pytest.mark.parametrize("name", library_names())
def test_a_bundled_constitution_has_no_problem(name: str) -> None:
    assert lint(library_path(name)) == []
    assert load(library_path(name)).name == name


def test_the_library_is_there() -> None:
    assert {"refusals", "prompt-injection"} <= set(library_names())


def test_a_file_goes_before_a_bundled_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_constitution("refusals") == library_path("refusals")
    (tmp_path / "refusals").write_text("mine")
    assert find_constitution("refusals") == Path("refusals")


@pytest.mark.parametrize("name", ["absent", "absent.md", "../library/refusals", "", "a" * 5000])
def test_an_unknown_name_lists_what_there_is(name: str) -> None:
    with pytest.raises(InputError, match=r"bundled are: .*refusals"):
        find_constitution(name)


@pytest.mark.parametrize("judges", get_args(Judges))
def test_a_starter_of_every_kind_is_without_problems(judges: Judges, tmp_path: Path) -> None:
    path = tmp_path / "p.md"
    path.write_text(starter("my-rules", judges), encoding="utf-8")
    assert lint(path) == []
    constitution = load(path)
    assert constitution.judges == judges
    assert (constitution.name, constitution.title) == ("my-rules", "My rules")
    for rule in constitution.rules:
        assert len(rule.restricted) > 1
        assert len(rule.permitted) > 1
        assert {example.verdict for example in rule.examples} == {"restricted", "permitted"}
        assert all(tuple(each.fields) == FIELDS[judges] for each in rule.examples)


@pytest.mark.parametrize("name", ["Größe & Maß", r"\1 \g<0>", "日本", "{#x}", "a-" * 80, "x\ny: z"])
def test_any_file_name_makes_a_valid_constitution(name: str) -> None:
    assert parse(starter(name, "document")).rules


def test_a_copy_differs_in_its_name_alone() -> None:
    original = library_path("refusals").read_text(encoding="utf-8")
    assert copied("mine", "refusals") == original.replace("name: refusals", "name: mine", 1)
