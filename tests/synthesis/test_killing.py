"""`kill -9` in the middle: no reply lost, none kept twice, none asked for twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

SCRIPT = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from gatewright.constitution import Constitution
    from gatewright.training.generators import Journal
    from gatewright.training.synthesis import plan, synthesize
    from gatewright.training.generators.scripted import Scripted, faulty_text

    folder, survives = Path(sys.argv[1]), int(sys.argv[2])
    constitution = Constitution.load(folder / "policy.md")
    log = (folder / "asked.log").open("a")

    def script(request, position):
        if position == survives:
            os.kill(os.getpid(), signal.SIGKILL)
        print(request.id, file=log, flush=True)
        return faulty_text("none", request, constitution.fields)

    with Journal(folder / "replies.sqlite") as journal:
        slots = plan(constitution, examples=150, seed=0)
        result = synthesize(constitution, Scripted(script), slots=slots, journal=journal)
    print(*(each.id for each in result.kept), sep="\\n")
    """
)


def run(folder: Path, survives: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(survives)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_killed_runs_end_where_an_undisturbed_one_does(
    tmp_path: Path, policy: Callable[[str], str]
) -> None:
    disturbed, undisturbed = tmp_path / "disturbed", tmp_path / "undisturbed"
    for folder in (disturbed, undisturbed):
        folder.mkdir()
        (folder / "policy.md").write_text(policy("exchange"), encoding="utf-8")
    whole = run(undisturbed, -1)
    for survives in (1, 4, 17):
        assert run(disturbed, survives).returncode == -signal.SIGKILL
    assert run(disturbed, -1).stdout == whole.stdout
    assert len(set(whole.stdout.split())) == len(whole.stdout.split()) >= 150
    asked = (disturbed / "asked.log").read_text().split()
    assert sorted(asked) == sorted((undisturbed / "asked.log").read_text().split())
    assert len(set(asked)) == len(asked)
