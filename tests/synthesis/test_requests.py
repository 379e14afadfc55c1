"""Requests: a slot in words, and the digests by which replies are remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.constitution import Constitution, parse
from gatewright.errors import InputError
from gatewright.training.slots import Slot
from gatewright.training.synthesis import request_for, requests_for


def test_a_request_carries_its_digests(constitution: Constitution, slots: list[Slot]) -> None:
    request = request_for(constitution, slots[0])
    assert request.constitution == constitution.digest
    assert request.clause_digest == constitution.clause(slots[0].clause).digest
    assert request.asked.request == request.digest
    assert request.asked.slot == slots[0]
    for value in slots[0].values.values():
        assert value in request.messages[-1]["content"]


def test_every_slot_is_a_request_of_its_own(constitution: Constitution, slots: list[Slot]) -> None:
    digests = [each.digest for each in requests_for(constitution, slots)]
    assert len(set(digests)) == len(slots)
    assert digests == [each.digest for each in requests_for(constitution, slots)]


def test_the_digest_follows_the_words(
    constitution: Constitution, slots: list[Slot], policy: Callable[[str], str]
) -> None:
    slot = next(each for each in slots if each.clause == "contents/size")
    edited = parse(policy("exchange").replace("the weight or the shape", "the weight"))
    before, after = request_for(constitution, slot), request_for(edited, slot)
    assert before.digest != after.digest
    assert before.clause_digest != after.clause_digest
    assert before.id == after.id


def test_the_authors_templates_are_used_and_known_by_their_digest(
    constitution: Constitution, slots: list[Slot], tmp_path: Path
) -> None:
    (tmp_path / "system.jinja").write_text("Be brief, {{ constitution.title }}.")
    ours, theirs = (
        request_for(constitution, slots[0], templates=folder) for folder in (None, tmp_path)
    )
    assert theirs.messages[0]["content"].strip() == "Be brief, Parcels."
    assert ours.template_digest != theirs.template_digest
    assert ours.clause_digest == theirs.clause_digest


def test_a_clause_that_does_not_exist_is_an_error(constitution: Constitution) -> None:
    with pytest.raises(InputError, match="contents/size"):
        request_for(constitution, Slot("contents/none", "restricted", "plain", {}, 0, 3))
