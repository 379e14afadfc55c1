"""Replies are dear: none is asked for twice, whatever stops the run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gatewright.errors import UpstreamError
from gatewright.training.examples import read_examples
from gatewright.training.generators.records import Generator, Reply, Request
from gatewright.training.generators.scripted import Scripted, sound_reply
from gatewright.training.runs.running import run
from gatewright.training.runs.settings import RunSettings
from gatewright.training.runs.stages import STAGES

SETTINGS = RunSettings(generator="scripted", examples=60)
ASKING = STAGES[:2]
SECOND_RULE = """
## Names {#names}
Telling for whom a parcel is.
### Restricted
- {#addressee} Telling the name of the person a parcel is for.
### Permitted
- {#street} Telling in which street a parcel is due.
### Examples
- restricted (addressee): "The box is for Ms Keller."
- permitted (street): "The box goes to Mill Street."
"""
SLOW = """
import sys, time
from pathlib import Path
from gatewright.training import generators
from gatewright.training.runs import STAGES, RunSettings, run
from gatewright.training.generators.scripted import Scripted, sound_reply
import json

class Slow(Scripted):
    def replies(self, requests):
        for reply in super().replies(requests):
            with open(sys.argv[3], "a") as log:
                log.write(reply.id + "\\n")
            time.sleep(0.01)
            yield reply

generator = Slow(lambda request, position: json.dumps(sound_reply(request, ["text"])))
generators.open_generator = lambda *args, **options: generator
settings = RunSettings(generator="scripted", examples=60)
run(Path(sys.argv[1]), Path(sys.argv[2]), settings, stages=STAGES[:2])
"""


def sound(request: Request, position: int) -> str:
    return json.dumps(sound_reply(request, ["text"]))


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Generator]]:
    """The last generator put into this list answers the next run."""
    generators: list[Generator] = []
    monkeypatch.setattr(
        "gatewright.training.generators.open_generator", lambda *args, **options: generators[-1]
    )
    return generators  # type: ignore[return-value]


class Breaking:
    """Answers some requests, then fails."""

    name, model = "scripted", "script"

    def __init__(self, after: int) -> None:
        self.asked: list[str] = []
        self._after = after

    def replies(self, requests: Sequence[Request]) -> Iterator[Reply]:
        for reply in Scripted(sound).replies(requests[: self._after]):
            self.asked.append(reply.id)
            yield reply
        raise UpstreamError("no answer")


def test_a_generator_that_breaks_off_is_asked_for_the_rest(
    policy: Path, tmp_path: Path, ask: list[Generator]
) -> None:
    breaking, going = Breaking(after=7), Scripted(sound)
    ask.append(breaking)
    with pytest.raises(UpstreamError):
        run(policy, tmp_path / "run", SETTINGS, stages=ASKING)
    ask.append(going)
    run(policy, tmp_path / "run", SETTINGS, stages=ASKING)
    assert len(breaking.asked) == 7
    assert going.asked
    assert not set(breaking.asked) & set(going.asked)
    unbroken = Scripted(sound)
    ask.append(unbroken)
    run(policy, tmp_path / "other", SETTINGS, stages=ASKING)
    assert set(unbroken.asked) == {*breaking.asked, *going.asked}
    assert _examples(tmp_path / "run") == _examples(tmp_path / "other")


def test_lost_examples_come_from_the_journal(
    policy: Path, tmp_path: Path, ask: list[Generator]
) -> None:
    first, second = Scripted(sound), Scripted(sound)
    ask.append(first)
    run(policy, tmp_path / "run", SETTINGS, stages=ASKING)
    before = _examples(tmp_path / "run")
    (tmp_path / "run/examples/examples.parquet").unlink()
    ask.append(second)
    run(policy, tmp_path / "run", SETTINGS, stages=ASKING)
    assert second.asked == []
    assert _examples(tmp_path / "run") == before


def test_an_accepted_edit_asks_for_what_it_touches_only(
    policy: Path, tmp_path: Path, ask: list[Generator]
) -> None:
    policy.write_text(policy.read_text() + SECOND_RULE)
    first, second = Scripted(sound), Scripted(sound)
    ask.append(first)
    run(policy, tmp_path / "run", SETTINGS, stages=ASKING)
    policy.write_text(policy.read_text().replace("in which street", "in which part of town"))
    ask.append(second)
    run(policy, tmp_path / "run", SETTINGS, stages=ASKING, accept_change=True)
    names = {
        each.source["slot"]
        for each in read_examples(tmp_path / "run/examples/examples.parquet")
        if each.clause.startswith("names/")
    }
    assert set(second.asked) == names
    assert len(names) < len(first.asked)


def test_replies_survive_kill_dash_nine(policy: Path, tmp_path: Path) -> None:
    log = tmp_path / "asked"
    words = [sys.executable, "-c", SLOW, str(policy), str(tmp_path / "run"), str(log)]
    for stop_after in (3, 9):
        with subprocess.Popen(words) as process:
            while process.poll() is None and _lines(log) < stop_after:
                time.sleep(0.002)
            process.kill()
    subprocess.run(words, check=True)
    asked = log.read_text().split()
    # The reply that was on its way when the run was killed may be asked for again; no other.
    assert len(asked) - len(set(asked)) <= 2
    subprocess.run([*words[:4], str(tmp_path / "other"), str(tmp_path / "others")], check=True)
    assert set(asked) == set((tmp_path / "others").read_text().split())
    assert _examples(tmp_path / "run") == _examples(tmp_path / "other")


def _examples(root: Path) -> bytes:
    return (root / "examples/examples.parquet").read_bytes()


def _lines(path: Path) -> int:
    return path.read_text().count("\n") if path.exists() else 0
