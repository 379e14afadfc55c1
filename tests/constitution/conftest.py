"""A small valid policy, and ways to change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.constitution import Constitution, parse

POLICY = """\
---
name: assistant-safety
version: 1.0.0
judges: prompt
---
# Assistant safety

Protects people who are written about.

## Terms
- **Person**: somebody alive who can be identified.

## Dimensions
- length: one line; a line, and another

## Harassment {#harassment}
Restricts attacks on people.

### Restricted
- {#threat} Threatening a person with harm.
- {#slur} Calling a person by a slur.

### Permitted
- {#report} Reporting or condemning harassment.

### Examples
- restricted (threat): "I will find you"
- permitted (report): He wrote "I will find you" to me

### Dimensions
- setting: school, workplace

## Fraud {#fraud}
Restricts deceiving people for money.

### Restricted
- {#bait} Luring a person into a payment.

### Permitted
- {#warn} Warning of a known scheme.

### Examples
- restricted (bait): You won, pay the fee now
- permitted (warn): Never pay a fee to collect a prize
"""


@pytest.fixture
def policy_text() -> str:
    return POLICY


@pytest.fixture
def policy() -> Constitution:
    return parse(POLICY)


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.md"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def edited() -> Callable[[str, str], Constitution]:
    """The policy with one passage replaced by another."""

    def edit(old: str, new: str) -> Constitution:
        assert POLICY.count(old) == 1, f"{POLICY.count(old)} of {old!r}"
        return parse(POLICY.replace(old, new))

    return edit
