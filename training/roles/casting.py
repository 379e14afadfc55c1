"""Which roles take part, and who plays them, from what a user typed.

Takes `planner,answerer=openai:MODEL`; knows nothing about what the roles do.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatewright.errors import InputError

__all__ = ["ROLES", "cast_list"]

ROLES: Mapping[str, str] = {
    "planner": "proposes dimension values before the plan",
    "answerer": "answers the writer's prompts",
    "reformatter": "says some of the examples again in another form",
    "grader": "judges alone (--mode grader)",
    "judge-recall": "the judge who overlooks nothing",
    "judge-precision": "the judge who accuses nobody wrongly",
    "advocate": "defends labels the judges doubt",
}


def cast_list(typed: str) -> dict[str, str | None]:
    """The roles named, each with the spec of its generator, None where it is everybody's.

    Raises:
        InputError: there is no such role.
    """
    cast: dict[str, str | None] = {}
    for each in filter(None, map(str.strip, typed.split(","))):
        role, _, spec = each.partition("=")
        if role not in ROLES:
            raise InputError(
                f"no role {role!r}; expected ROLE or ROLE=NAME:ARGUMENT, ROLE being one of: "
                f"{', '.join(ROLES)}"
            )
        cast[role] = spec or None
    return cast
