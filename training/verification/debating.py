"""The debate: an advocate of the label against two judges, and unanimity or nothing.

Takes examples, each with the label it was written for; gives an outcome for each. In the first
round both judges read the texts knowing nothing of the label. Where they both reach it, it stands.
For the rest an advocate defends the label, and both judges decide again, having heard the case;
then they are unanimous, or the example goes. Two judges with opposite leanings, who share neither
the writer's view nor each other's, are what makes labels trustworthy: with debate accuracy was .85
on human labels, without verification .58, with a single model checking itself .53 (BARRED,
arXiv 2604.25203). Knows nothing about files or models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from gatewright.constitution.records import Constitution, VerdictName
from gatewright.constitution.role_prompts import list_schema
from gatewright.training.examples import Example
from gatewright.training.generators.asking import Ask
from gatewright.training.roles.texts import Entry, Player, Task, answers_about
from gatewright.training.verification.judging import JUDGES, Judge, Judgement, judge_all
from gatewright.training.verification.strictness import combined

__all__ = ["ADVOCATE", "Asking", "Outcome", "debate", "target"]

ADVOCATE = "advocate"
Result = Literal["upheld", "turned round", "disputed", "void", "waiting"]
Asking = Callable[[str], Ask]
"""Whom to ask in a role."""

_CASE_SCHEMA = list_schema("cases", {"item": {"type": "integer"}, "case": {"type": "string"}})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one label."""

    result: Result
    """`upheld` and `turned round` are unanimous; `disputed` is not; `void`: a judge gave no verdict
    that counts; `waiting`: somebody has not answered yet."""
    judgements: tuple[Judgement, ...] = ()
    """The last of each judge."""
    advocate: Player | None = None
    rounds: int = 1


def debate(
    constitution: Constitution,
    examples: Sequence[Example],
    *,
    asking: Asking,
    judges: Sequence[Judge] = JUDGES,
    rounds: int = 2,
    samples: int = 1,
    strictness: float = 0.0,
    templates: Path | None = None,
) -> dict[str, Outcome]:
    """The outcome of each example, by id.

    Args:
        asking: whom to ask, by role: `advocate` and the judges' roles.
        rounds: at most so many; from the second on the advocate is heard, anew in each.
        samples: critiques of each judge in each round, combined by `strictness`.
    """
    hear = partial(
        _round,
        constitution,
        judges=judges,
        asking=asking,
        samples=samples,
        strictness=strictness,
        templates=templates,
    )
    outcomes = hear(examples, number=1, cases={})
    for number in range(2, rounds + 1):
        left = [each for each in examples if _goes_on(outcomes[each.id])]
        if not left:
            break
        cases = answers_about(
            constitution,
            left,
            Task(ADVOCATE, "advocate", _CASE_SCHEMA, str(number)),
            ask=asking(ADVOCATE),
            extra=lambda each: {"label": target(each)},
            templates=templates,
        )
        heard = [each for each in left if each.id in cases]
        for each in left:
            outcomes[each.id] = Outcome("waiting")
        outcomes |= hear(heard, number=number, cases=cases)
    return outcomes


def target(example: Example) -> VerdictName:
    """The label the example was written for, whatever it was turned into since."""
    first = example.source.get("target", "restricted" if example.restricted else "permitted")
    return "restricted" if first == "restricted" else "permitted"


def _round(
    constitution: Constitution,
    examples: Sequence[Example],
    *,
    judges: Sequence[Judge],
    number: int,
    asking: Asking,
    samples: int,
    strictness: float,
    templates: Path | None,
    cases: Mapping[str, tuple[Player, Entry]],
) -> dict[str, Outcome]:
    said = {
        name: "" if isinstance(entry, str) else str(entry.get("case", ""))
        for name, (_, entry) in cases.items()
    }
    benches = []
    for judge in judges:
        critiques = [
            judge_all(
                constitution,
                examples,
                judge,
                ask=asking(judge.role),
                turn=f"{number}.{sample}" if sample else str(number),
                cases=said,
                templates=templates,
            )
            for sample in range(samples)
        ]
        benches.append(
            {
                each.id: combined([sample[each.id] for sample in critiques], strictness)
                for each in examples
                if all(each.id in sample for sample in critiques)
            }
        )
    return {
        each.id: _outcome(
            each, [bench.get(each.id) for bench in benches], cases.get(each.id), number
        )
        for each in examples
    }


def _outcome(
    example: Example,
    judgements: Sequence[Judgement | None],
    case: tuple[Player, object] | None,
    number: int,
) -> Outcome:
    given = tuple(each for each in judgements if each is not None)
    advocate = case[0] if case else None
    if len(given) < len(judgements):
        return Outcome("waiting", given, advocate, number)
    verdicts = {each.verdict for each in given}
    result: Result = "disputed"
    if None in verdicts:
        result = "void"
    elif verdicts == {target(example)}:
        result = "upheld"
    elif len(verdicts) == 1:
        result = "turned round"
    return Outcome(result, given, advocate, number)


def _goes_on(outcome: Outcome) -> bool:
    return outcome.result in ("turned round", "disputed", "void")
