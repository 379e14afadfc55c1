"""How a generator is found: by name, ours and other people's."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from gatewright.constitution import Constitution
from gatewright.errors import InputError
from gatewright.training.generators import (
    Generator,
    Journal,
    generator_names,
    open_generator,
    registry,
)
from gatewright.training.generators.scripted import Scripted, faulty_text
from gatewright.training.synthesis import plan, synthesize


def open_mine(argument: str, *, constitution: Constitution, policy: Path, seed: int) -> Generator:
    return Scripted(
        lambda request, _: faulty_text("none", request, constitution.fields),
        model=f"{argument}, {policy.name}, {seed}",
    )


def test_ours_are_registered() -> None:
    assert {"composed", "recorded", "scripted"} <= set(generator_names())


def test_a_third_partys_generator_is_found_and_works(
    constitution: Constitution, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = EntryPoint("mine", "third_party.module:open_mine", registry.GROUP)
    module = type(sys)("third_party.module")
    module.__dict__["open_mine"] = open_mine
    monkeypatch.setitem(sys.modules, "third_party", type(sys)("third_party"))
    monkeypatch.setitem(sys.modules, "third_party.module", module)
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints([entry]))
    mine = open_generator("mine:a:b", constitution=constitution, policy=Path("policy.md"), seed=3)
    assert mine.model == "a:b, policy.md, 3"
    slots = plan(constitution, examples=20, seed=0)
    assert len(synthesize(constitution, mine, slots=slots, journal=journal).kept) >= 20


def test_an_unknown_name_lists_the_known_ones(constitution: Constitution) -> None:
    with pytest.raises(InputError, match=r"'gpt'.*composed, .*recorded, .*scripted"):
        open_generator("gpt:x", constitution=constitution, policy=Path("p.md"), seed=0)


def test_the_room_is_cheap_to_import() -> None:
    code = (
        "import sys, gatewright.training.synthesis as room\n"
        "for name in room.__all__: getattr(room, name)\n"
        "import gatewright.training.generators.composed\n"
        "import gatewright.training.generators.scripted\n"
        "heavy = {'torch', 'transformers', 'datasets', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
