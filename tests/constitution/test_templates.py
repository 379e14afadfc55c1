"""An author's own templates: how they take the place of ours, and what they may not do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewright.constitution import Constitution, Prompt, render_request
from gatewright.errors import InputError, TemplateError

Render = Callable[[str], str]
BUNDLED = Path(__file__).parents[2] / "constitution" / "templates"


def ask(policy: Constitution, folder: Path | None) -> Prompt:
    return render_request(
        policy,
        "harassment/threat",
        verdict="restricted",
        difficulty="plain",
        values={"setting": "school"},
        count=3,
        templates=folder,
    )


@pytest.fixture
def rendered(policy: Constitution, tmp_path: Path) -> Render:
    """The user message that a template becomes."""

    def render(source: str) -> str:
        (tmp_path / "write.jinja").write_bytes(source.encode())
        return ask(policy, tmp_path).messages[1]["content"]

    return render


def test_a_file_of_the_same_name_takes_the_place_of_ours(
    rendered: Render, policy: Constitution, tmp_path: Path
) -> None:
    assert (
        rendered("{{ count }} of {{ clause.text }}\n") == "3 of Threatening a person with harm.\n"
    )
    own, ours = ask(policy, tmp_path), ask(policy, None)
    assert own.messages[0] == ours.messages[0]
    assert own.template_digest != ours.template_digest


def test_a_copy_of_ours_gives_the_same_prompt(policy: Constitution, tmp_path: Path) -> None:
    for name in ("system.jinja", "write.jinja", "pairs.jinja"):
        (tmp_path / name).write_bytes((BUNDLED / name).read_bytes())
    assert ask(policy, tmp_path) == ask(policy, None)


def test_every_variable_is_plain_data(rendered: Render) -> None:
    source = (
        "{{ constitution | tojson }}{{ fields | tojson }}{{ rule | tojson }}"
        "{{ other_rules | tojson }}"
        "{{ values | tojson }}{{ verdict }}{{ difficulty }}{{ difficulty_meaning }}{{ shape }}"
        "{{ mark }}{{ subject }}{{ judges }}"
    )
    assert "Threatening a person" in rendered(source)


def test_text_passes_through_an_own_template_byte_for_byte(
    rendered: Render, policy: Constitution
) -> None:
    assert rendered("{{ rule.text }}") == policy.rule("harassment").text
    assert rendered("a\u2028b\x0c é {{ '<&>' }}\r\nend\n\n") == "a\u2028b\x0c é <&>\nend\n\n"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("a\n{{ missing }}", 2, "'missing' is undefined"),
        ("a\n\n{{ rule.nothing }}", 3, "no attribute 'nothing'"),
        ("a\n{% if %}", 2, "TemplateSyntaxError"),
        ("{{ 'open", 1, "TemplateSyntaxError"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ("{{ 'a' + 1 }}", 1, "TypeError"),
        ("{{ range(10000000) }}", 1, "OverflowError"),
        ("{{ " + "(" * 300 + "1" + ")" * 300 + " }}", 1, "RecursionError"),
        ("{{ 1" + "+1" * 5000 + " }}", 1, "nested too deep"),
        ("{% if 1 %}" * 200 + "{% endif %}" * 200, 1, "IndentationError"),
        ("{% macro f() %}{{ f() }}{% endmacro %}\n{{ f() }}", 1, "RecursionError"),
        ("{{ rule.restricted[99].text }}", 1, "UndefinedError"),
        ("{{ 'x' | nothing }}", 1, "No filter named 'nothing'"),
        ("{{ 'x' is nothing }}", 1, "No test named 'nothing'"),
    ],
)
def test_every_mistake_is_one_error_with_file_and_line(
    source: str, line: int, message: str, rendered: Render, tmp_path: Path
) -> None:
    with pytest.raises(TemplateError) as error:
        rendered(source)
    assert str(error.value).startswith(f"{tmp_path / 'write.jinja'}:{line}: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ rule | attr('__class__') }}",
        "{{ ().__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ dict.mro() }}",
        "{{ namespace.__init__ }}",
        "{{ range.__class__ }}",
        "{% for x in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
        "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
        "{{ ['x'] | map('attr', '__class__') | list }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ '{0.__class__}' | format(1) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'system.jinja' as s %}",
        "{% from 'system.jinja' import s %}",
        "{% extends '../../secret' %}",
        "{{ rule.restricted.append(1) }}",
        "{% set _ = rule.update({'a': 1}) %}",
        "{{ config }}",
        "{{ environ }}",
    ],
)
def test_an_escape_ends_as_a_template_error(source: str, rendered: Render) -> None:
    with pytest.raises(TemplateError):
        rendered(source)


def test_an_attribute_taken_by_a_filter_is_inert(rendered: Render) -> None:
    assert rendered("{{ ['x'] | map(attribute='__class__') | list }}") == "[Undefined]"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_no_key_of_the_environment_reaches_the_process_of_a_template(
    policy: Constitution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gatewright.constitution import isolation

    monkeypatch.setenv("SOME_API_KEY", "secret")
    monkeypatch.setattr(isolation, "_WORKER", worker := isolation._Worker())
    (tmp_path / "write.jinja").write_text("x")
    ask(policy, tmp_path)
    process = worker._process
    assert process is not None
    assert "secret" not in Path(f"/proc/{process.pid}/environ").read_text()
    worker.stop()


def test_a_folder_without_templates_is_refused(policy: Constitution, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        ask(policy, tmp_path / "absent")
    with pytest.raises(InputError, match=r"holds no template; expected any of system\.jinja"):
        ask(policy, tmp_path)


def test_a_link_out_of_the_folder_is_refused(policy: Constitution, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    folder = tmp_path / "templates"
    folder.mkdir()
    os.symlink(tmp_path / "secret", folder / "write.jinja")
    with pytest.raises(TemplateError, match="a link out of the folder"):
        ask(policy, folder)


def test_a_template_that_is_no_text_is_refused(policy: Constitution, tmp_path: Path) -> None:
    (tmp_path / "write.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateError, match=r"write\.jinja:1: cannot be read"):
        ask(policy, tmp_path)
