"""Somebody to ask who follows a script, and what was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gatewright.training.examples import Example
from gatewright.training.generators import AskGenerator, Journal, Request
from gatewright.training.generators.scripted import Scripted

Item = Mapping[str, Any]
Says = Callable[[Item], Any]
"""From an item to its entries of the reply: a mapping, a list of them, or None."""


def shown(request: Request) -> list[dict[str, Any]]:
    """The items of a request, as whoever is asked finds them."""
    content = request.messages[-1]["content"]
    found = re.search(r"\[data (\w+)\]\n(.*)\n\[end of data \1\]", content, re.DOTALL)
    assert found
    return [json.loads(line) for line in found[2].splitlines()]


class Player(AskGenerator):
    """Answers every role by one script."""

    def __init__(self, key: str, says: Says, journal: Journal) -> None:
        self.items: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self._key = key
        self._says = says
        super().__init__(Scripted(self._answer, model="player"), journal)

    def _answer(self, request: Request, position: int) -> str:
        items = shown(request)
        self.requests.append(request)
        self.items += items
        entries: list[dict[str, Any]] = []
        for item in items:
            said = self._says(item) or []
            said = said if isinstance(said, list) else [said]
            entries += [{"item": item["item"], **each} for each in said]
        return json.dumps({self._key: entries})


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Callable[[str, Says], Player]]:
    """`player(key, says)`: somebody whose replies have that key."""
    with Journal(tmp_path / "replies.sqlite") as journal:
        yield lambda key, says: Player(key, says, journal)


@pytest.fixture
def examples() -> list[Example]:
    """Sixty exchanges, half of them restricted, a third of them twins of boundary pairs."""
    return [
        Example(
            verdicts={"contents": 1} if n % 2 else {"contents": 0, "customers": 0},
            clause="contents/reveal" if n % 2 else "contents/size",
            group=f"g{n // 2}",
            prompt=f"What about parcel {n}?",
            response=f"It is number {n}.",
            source={
                "difficulty": "boundary" if n % 3 == 0 else "plain",
                "values": {"tone": "blunt"},
            },
        )
        for n in range(60)
    ]
