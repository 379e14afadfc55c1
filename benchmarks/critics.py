"""The judges that verified `assistant-safety`, measured on known mistakes.

`python -m benchmarks.critics` writes `benchmarks/results/verification/critics.json`. Two hundred
and forty verified examples were tampered with, half of them by a violation put in, half by taking
theirs out; then both judges read the copies and the originals in mixed order, knowing nothing of
either. All replies are those of one large language model, recorded
(`benchmarks/critics_replies.jsonl`), and are replayed here. Needs no public data.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.label_noise import recorded_examples
from benchmarks.table import RESULTS
from gatewright.artefacts import write_json
from gatewright.constitution import Constitution, find_constitution
from gatewright.training.generators import AskGenerator, Journal
from gatewright.training.generators.recorded import Recorded
from gatewright.training.verification import measure_critics

NAME = "assistant-safety"
REPLIES = Path(__file__).parent / "critics_replies.jsonl"


def main() -> None:
    """Replay, print the overall figures, and store them with those by clause."""
    rows = [json.loads(line) for line in REPLIES.read_text(encoding="utf-8").splitlines()]
    tampered = {row["id"].rpartition("/")[2] for row in rows if row["role"] == "tamperer"}
    examples = [each for each in recorded_examples(NAME) if each.id in tampered]
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "r.sqlite") as journal:
        ask = AskGenerator(Recorded(REPLIES), journal)
        found = measure_critics(
            Constitution.load(find_constitution(NAME)),
            examples,
            count=len(examples),
            asking=lambda role: ask,
        )
    print(found["tampered"], found["tamper detector"])
    for role, report in found["critics"].items():
        for name, each in report.items():
            print(
                f"{role}, {name}: {each['k']} of {each['n']} ({each['low']:.3f}-{each['high']:.3f})"
            )
    write_json(RESULTS / "verification" / "critics.json", found)


if __name__ == "__main__":
    main()
