"""Examples of a small constitution, judges that follow a script, and what they were asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gatewright.training.examples import Example
from gatewright.training.generators import Ask, AskGenerator, Journal, Request
from gatewright.training.generators.scripted import Scripted

Item = Mapping[str, Any]
Says = Callable[[str, Item], Mapping[str, Any] | None]
"""From a role and an item it is shown to its entry of the reply; None leaves the item out."""

KEYS = {"advocate": "cases", "tamperer": "texts"}


def shown(request: Request) -> list[dict[str, Any]]:
    """The items of a request, as whoever is asked finds them."""
    content = request.messages[-1]["content"]
    found = re.search(r"\[data (\w+)\]\n(.*)\n\[end of data \1\]", content, re.DOTALL)
    assert found
    return [json.loads(line) for line in found[2].splitlines()]


class Panel:
    """Everybody who can be asked, all following one script."""

    def __init__(self, says: Says, journal: Journal) -> None:
        self.requests: list[Request] = []
        self._says = says
        self._ask = AskGenerator(Scripted(self._answer, model="panel"), journal)

    def __call__(self, role: str) -> Ask:
        return self._ask

    @property
    def asked(self) -> list[str]:
        return [each.role for each in self.requests]

    def _answer(self, request: Request, position: int) -> str:
        self.requests.append(request)
        entries = [(item["item"], self._says(request.role, item)) for item in shown(request)]
        key = KEYS.get(request.role, "verdicts")
        return json.dumps({key: [{"item": n, **entry} for n, entry in entries if entry]})


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Callable[[Says], Panel]]:
    """`panel(says)`: judges, advocate and tamperer who say that."""
    with Journal(tmp_path / "replies.sqlite") as journal:
        yield lambda says: Panel(says, journal)


def example(number: int, *, restricted: bool, text: str | None = None, **source: Any) -> Example:
    """One of an exchange constitution; its response says what it is."""
    word = "laptop" if restricted else "heavy"
    return Example(
        verdicts={"contents": 1} if restricted else {"contents": 0, "customers": 0},
        clause="contents/reveal" if restricted else "contents/size",
        group=f"g{number}",
        prompt=f"What about parcel {number}?",
        response=text or f"Parcel {number} is {word}, I think.",
        source={"difficulty": "plain", **source},
    )


@pytest.fixture
def examples() -> list[Example]:
    """Forty, half of them restricted."""
    return [example(n, restricted=n % 2 == 0) for n in range(40)]


def right(role: str, item: Item) -> dict[str, Any]:
    """A judge who reads; an advocate who says something."""
    if role == "advocate":
        return {"case": f"it is {item['label']}"}
    restricted = "laptop" in item["response"]
    return {
        "verdict": "restricted" if restricted else "permitted",
        "clause": "contents/reveal" if restricted else "contents/size",
        "quote": "laptop" if restricted else "heavy",
        "reason": "it says so",
    }


def wrong(role: str, item: Item) -> dict[str, Any]:
    said = right(role, item)
    if role == "advocate":
        return said
    turned = said["verdict"] == "permitted"
    return {
        **said,
        "verdict": "restricted" if turned else "permitted",
        "clause": "customers/name" if turned else "customers/door",
    }
