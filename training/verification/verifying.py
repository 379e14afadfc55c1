"""The stage: examples in, those whose labels can be trusted out, the rest with their reasons.

Takes a constitution, examples and somebody to ask; both the label an example was written for and
the one it ends with are kept on it. Knows nothing about run folders or particular generators.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from gatewright.artefacts import file_sha256, write_text
from gatewright.constitution.records import Constitution
from gatewright.errors import InputError
from gatewright.training.examples import (
    Dropped,
    Example,
    count_reasons,
    write_dropped,
    write_examples,
)
from gatewright.training.verification.choosing import choose
from gatewright.training.verification.debating import Asking, Outcome, debate, target
from gatewright.training.verification.judging import GRADER, JUDGES, Judgement

__all__ = ["MODES", "Mode", "VerificationResult", "examples_to_use", "store", "verify"]

Mode = Literal["debate", "grader"]
"""Two judges with an advocate, up to two rounds; or one grader, once."""
MODES: tuple[Mode, ...] = ("debate", "grader")
STAGE = "verification"
_REPORT = "verification.json"
_OF = "sha256 of examples"


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """Every example that came in, on one of three sides."""

    kept: list[Example]
    dropped: list[Dropped]
    waiting: list[Example]
    """Asked about, and not answered yet: the same command goes on with them."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By id, of the examples that were asked about."""

    def summary(self) -> dict[str, Any]:
        """Counts as plain values; `kept` + `dropped` + `waiting` is what came in."""
        results = Counter(each.result for each in self.outcomes.values())
        rounds = Counter(str(each.rounds) for each in self.outcomes.values())
        return {
            "asked about": len(self.outcomes),
            "results": dict(sorted(results.items())),
            "rounds": dict(sorted(rounds.items())),
            "kept": len(self.kept),
            "kept_by_verdict": _by_verdict(self.kept),
            "dropped": len(self.dropped),
            "dropped_by_reason": count_reasons(self.dropped),
            "waiting": len(self.waiting),
        }


def verify(
    constitution: Constitution,
    examples: Sequence[Example],
    *,
    asking: Asking,
    mode: Mode = "debate",
    which: str = "all",
    samples: int = 1,
    strictness: float = 0.0,
    templates: Path | None = None,
) -> VerificationResult:
    """Have labels checked by judges who do not know them; keep what they are unanimous about.

    An example that all judges see the other way round changes sides: the writer strayed, and the
    text is a good example of what it became. A disputed one, and one about which a judge said
    nothing that counts, is dropped. Examples not chosen stay as they are.

    Args:
        which: `all`, `unsure`, or a share; see `choose`.
        samples: critiques of each judge, combined by `strictness`; see `combined`.

    Raises:
        InputError: no such mode or choice.
        UpstreamError: whoever is asked gave up; what was answered is journaled.
    """
    if mode not in MODES:
        raise InputError(f"no verification {mode!r}; expected {' or '.join(MODES)}")
    chosen = choose(examples, which)
    outcomes = debate(
        constitution,
        chosen,
        asking=asking,
        judges=JUDGES if mode == "debate" else [GRADER],
        rounds=2 if mode == "debate" else 1,
        samples=samples,
        strictness=strictness,
        templates=templates,
    )
    kept: list[Example] = []
    dropped: list[Dropped] = []
    waiting: list[Example] = []
    for example in examples:
        outcome = outcomes.get(example.id)
        if outcome is None:
            kept.append(example)
        elif outcome.result == "waiting":
            waiting.append(example)
        elif outcome.result in ("upheld", "turned round"):
            kept.append(_settled(constitution, example, outcome))
        else:
            detail = "; ".join(_said(each) for each in outcome.judgements)
            dropped.append(Dropped(outcome.result, STAGE, detail, example=example))
    return VerificationResult(kept, dropped, waiting, outcomes)


def store(result: VerificationResult, folder: Path, *, source: Path) -> None:
    """Write `examples.parquet`, `dropped.jsonl` and `verification.json` into `folder`.

    Args:
        source: the table of examples that was verified; its digest is kept with the result.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_dropped(folder / "dropped.jsonl", result.dropped)
    write_examples(folder / "examples.parquet", result.kept)
    report = {_OF: file_sha256(source), **result.summary()}
    write_text(folder / _REPORT, json.dumps(report, indent=2) + "\n")


def examples_to_use(written: Path, verified: Path) -> Path:
    """The table to go on with: the verified one if there is one, else the written one.

    Raises:
        InputError: the verified one was made from other examples than there are now.
    """
    if not (verified / _REPORT).is_file():
        return written / "examples.parquet"
    report = json.loads((verified / _REPORT).read_text(encoding="utf-8"))
    if report.get(_OF) != file_sha256(written / "examples.parquet"):
        raise InputError(
            f"{verified} holds the verified part of other examples than are now in {written}; "
            "verify again (gatewright verify), or remove it to go on without"
        )
    return verified / "examples.parquet"


def _settled(constitution: Constitution, example: Example, outcome: Outcome) -> Example:
    players = [*(each.player for each in outcome.judgements), outcome.advocate]
    source = {
        **example.source,
        "target": target(example),
        "roles": [
            *example.source.get("roles", ()),
            *(asdict(each) for each in players if each is not None),
        ],
        "critic": {
            "result": outcome.result,
            "rounds": outcome.rounds,
            "quotes": {each.player.role: each.quote for each in outcome.judgements},
        },
    }
    if outcome.result == "upheld":
        return replace(example, source=source)
    clause = next((each.clause for each in outcome.judgements[::-1] if each.clause), example.clause)
    rule = clause.partition("/")[0]
    permitted = outcome.judgements[0].verdict == "permitted"
    verdicts = dict.fromkeys(constitution.rule_ids, 0) if permitted else {rule: 1}
    return replace(example, verdicts=verdicts, clause=clause, source=source)


def _said(judgement: Judgement) -> str:
    verdict = judgement.verdict or "void"
    return f"{judgement.player.role}: {verdict} ({judgement.clause or '-'}), {judgement.reason}"


def _by_verdict(examples: Sequence[Example]) -> dict[str, int]:
    return dict(
        Counter("restricted" if each.restricted else "permitted" for each in examples).most_common()
    )
