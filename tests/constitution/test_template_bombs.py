"""A template that would take all time or memory is an error, and the next one works."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatewright.constitution import Constitution, render_request
from gatewright.errors import TemplateError

BOMBS = {
    "string times number": "{{ ('a' * 1000000000) | length }}",
    "variable times number": "{{ count * 3 }}",
    "list times number": "{{ ([1] * 1000000000) | length }}",
    "power": "{{ 10 ** 10 ** 10 }}",
    "power of literals": "{{ 9 ** 999999 }}",
    "replace": "{{ 'a' | replace('a', 'b' * 1000000000) }}",
    "growing replace": "{% set n = namespace(a='aaaa') %}{% for i in range(60) %}"
    "{% set n.a = n.a | replace('a', 'aaaa') %}{% endfor %}",
    "center": "{{ 'a'.center(1000000000) }}",
    "center by item": "{{ 'a'['center'](1000000000) }}",
    "ljust": "{{ 'a'.ljust(1000000000) }}",
    "zfill": "{{ 'a'.zfill(1000000000) }}",
    "center filter": "{{ 'a' | center(1000000000) }}",
    "indent filter": "{{ 'a' | indent(1000000000) }}",
    "format": "{{ '%1000000000d' | format(1) }}",
    "percent": "{{ '%1000000000d' % 1 }}",
    "format method": "{{ '{:1000000000}'.format(1) }}",
    "join": "{{ range(99999) | join('xxxxxxxxxx') }}",
    "tojson": "{{ rule | tojson(indent=1000000000) }}",
    "doubling string": "{% set n = namespace(a='aaaa') %}{% for i in range(60) %}"
    "{% set n.a = n.a ~ n.a %}{% endfor %}",
    "doubling list": "{% set n = namespace(a=[1]) %}{% for i in range(60) %}"
    "{% set n.a = n.a + n.a %}{% endfor %}",
    "nested ranges": "{% for a in range(99999) %}" * 2 + "{% endfor %}" * 2,
    "endless output": "{% for a in range(99999) %}{{ rule.text }}{% endfor %}",
    "four loops": "{% for a in [1] %}" * 4 + "{% endfor %}" * 4,
    "recursive loop": "{% for a in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    "branching macro": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}"
    "{% endmacro %}{{ f(60) }}",
    "large source": "x" * 64_001,
}


def ask(policy: Constitution, folder: Path) -> str:
    prompt = render_request(
        policy,
        "harassment/threat",
        verdict="restricted",
        difficulty="plain",
        values={},
        count=3,
        templates=folder,
    )
    return prompt.messages[1]["content"]


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_defused(name: str, policy: Constitution, tmp_path: Path) -> None:
    path = tmp_path / "write.jinja"
    path.write_text(BOMBS[name])
    with pytest.raises(TemplateError, match=r"write\.jinja:\d+: "):
        ask(policy, tmp_path)
    path.write_text("fine")
    assert ask(policy, tmp_path) == "fine"
