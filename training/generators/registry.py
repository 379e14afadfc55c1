"""How a generator is found by its name.

A generator is named `NAME` or `NAME:ARGUMENT`; names come from the entry-point group
`gatewright.generators`, each loaded only when asked for, so that third parties add their own by
declaring one:

    [project.entry-points."gatewright.generators"]
    mine = "my_package.mine:open_generator"

    def open_generator(argument: str, *, constitution, policy: Path, seed: int) -> Generator

Knows nothing about what generators do.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, cast

from gatewright.constitution.records import Constitution
from gatewright.errors import InputError
from gatewright.training.generators.records import Generator

__all__ = ["GROUP", "generator_names", "open_generator"]

GROUP = "gatewright.generators"
"""The entry-point group generators are registered in."""


def generator_names() -> list[str]:
    """The names of every installed generator, sorted."""
    return sorted(_installed())


def open_generator(
    spec: str, *, constitution: Constitution, policy: Path, seed: int, **options: Any
) -> Generator:
    """The generator named by `NAME` or `NAME:ARGUMENT`.

    Args:
        policy: the constitution's file; a recording lies beside it.
        seed: settles whatever the generator draws itself.
        options: what some generators take besides, such as `max_calls`; None is left out.

    Raises:
        InputError: no generator has that name, or it rejects its argument or an option.
    """
    name, _, argument = spec.partition(":")
    installed = _installed()
    if name not in installed:
        known = ", ".join(sorted(installed)) or "none"
        raise InputError(f"no generator {name!r}; installed: {known}")
    opener = cast("Callable[..., Generator]", installed[name].load())
    given = {option: value for option, value in options.items() if value is not None}
    taken = inspect.signature(opener).parameters
    if foreign := [option for option in given if option not in taken]:
        raise InputError(
            f"the generator {name} takes no {_typed(foreign[0])}; leave it out, or name another "
            "generator, such as openai:MODEL"
        )
    return opener(argument, constitution=constitution, policy=policy, seed=seed, **given)


def _typed(option: str) -> str:
    return f"--{option.replace('_', '-')}"


def _installed() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=GROUP)}
