"""The roles after the writer, one after the other.

Takes examples and the roles that take part; gives what comes of them. The pipeline is the order of
`STEPS`, and who did what to an example is in its source. Knows nothing about any role's work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from gatewright.constitution.records import Constitution
from gatewright.training.examples import Example
from gatewright.training.generators.asking import Ask
from gatewright.training.roles.answering import ANSWERER, answer
from gatewright.training.roles.reformatting import REFORMATTER, reformat
from gatewright.training.roles.results import RoleResult

__all__ = ["STEPS", "refine"]

STEPS = {ANSWERER: answer, REFORMATTER: reformat}
"""In their order."""


def refine(
    constitution: Constitution,
    examples: Sequence[Example],
    *,
    roles: Collection[str],
    asking: Callable[[str], Ask],
    templates: Path | None = None,
) -> RoleResult:
    """Pass the examples through those of `STEPS` that are among `roles`.

    What waits for one step is not seen by the next.
    """
    result = RoleResult(list(examples))
    for role, step in STEPS.items():
        if role not in roles:
            continue
        done = step(constitution, result.kept, ask=asking(role), templates=templates)
        result = RoleResult(
            done.kept,
            result.dropped + done.dropped,
            result.waiting + done.waiting,
            result.waiting_siblings + done.waiting_siblings,
        )
    return result
