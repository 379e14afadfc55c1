"""How the command starts, finds its verbs, and ends."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Annotated

import pytest
import typer

from gatewright.cli import VERBS, main
from gatewright.errors import (
    ArtefactError,
    ConstitutionError,
    EnvironmentProblem,
    GatewrightError,
    InputError,
    LockedError,
    QualityError,
    UpstreamError,
)

HEAVY = {"torch", "transformers", "peft", "evaluate", "datasets", "accelerate", "sklearn", "scipy"}


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """Put a function in the place of the verb `new`."""

    def put(function: Callable[..., None]) -> None:
        module = ModuleType("gatewright.cli.new")
        module.command = function  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "gatewright.cli.new", module)

    return put


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert isinstance(end.value.code, int)
    return end.value.code


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
    )


def test_help_lists_every_verb_and_imports_none_of_the_heavy_libraries() -> None:
    result = python(
        "import sys\n"
        "from gatewright.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    assert all(f" {verb} " in result.stdout for verb in VERBS)
    loaded = set(result.stderr.replace("'", "").strip("[]\n").split(", "))
    assert "typer" in loaded
    assert not HEAVY & loaded
    assert not {name for name in loaded if name.startswith("gatewright.cli.")} - {
        "gatewright.cli.console"
    }


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_explains_itself_without_a_heavy_library(name: str) -> None:
    result = python(
        "import sys\n"
        "from gatewright.cli import main\n"
        f"try: main([{name!r}, '--help'])\n"
        "except SystemExit as end: print(end.code, file=sys.stderr)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    assert result.stderr == "0\n[]\n"
    assert f"gatewright {name}" in result.stdout


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert ended("--version") == 0
    assert capsys.readouterr().out == f"gatewright {version('gatewright')}\n"


def test_python_dash_m_is_the_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "gatewright", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.startswith("gatewright ")
    assert result.returncode == 0


@pytest.mark.parametrize("arguments", [("frobnicate",), ("new", "--frobnicate"), ()])
def test_a_wrong_command_line_is_an_input_error(
    verb: Callable[[Callable[..., None]], None], arguments: tuple[str, ...]
) -> None:
    verb(lambda: None)
    assert ended(*arguments) == 2


def test_a_verb_gets_its_arguments(
    verb: Callable[[Callable[..., None]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def command(
        name: str, loud: Annotated[bool, typer.Option("--loud", help="Shout.")] = False
    ) -> None:
        """Say a name."""
        typer.echo(name.upper() if loud else name)

    verb(command)
    assert ended("new", "policy", "--loud") == 0
    assert capsys.readouterr().out == "POLICY\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("no such file"), 2),
        (ConstitutionError(["a.md:1:1: no rules", "a.md:2:1: no title"]), 2),
        (LockedError("held by 12"), 3),
        (EnvironmentProblem("disk full"), 4),
        (UpstreamError("no answer"), 5),
        (QualityError("too few"), 6),
        (ArtefactError("damaged"), 7),
    ],
)
def test_a_mistake_is_one_message_and_its_exit_code(
    verb: Callable[[Callable[..., None]], None],
    capsys: pytest.CaptureFixture[str],
    error: GatewrightError,
    code: int,
) -> None:
    def command() -> None:
        raise error

    verb(command)
    assert ended("new") == code
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"error: {error}\n"


def test_an_interrupt_prints_the_command_to_continue(
    verb: Callable[[Callable[..., None]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        interrupt = KeyboardInterrupt()
        interrupt.add_note("to continue: gatewright new again")
        raise interrupt

    verb(command)
    assert ended("new") == 130
    assert capsys.readouterr().err == "interrupted\nto continue: gatewright new again\n"


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "no space left to write some.txt"), (errno.EACCES, "some.txt cannot be")],
)
def test_a_full_or_closed_disk_is_a_sentence_wherever_it_is_met(
    verb: Callable[[Callable[..., None]], None],
    capsys: pytest.CaptureFixture[str],
    number: int,
    said: str,
) -> None:
    def command() -> None:
        raise OSError(number, os.strerror(number), "some.txt")

    verb(command)
    assert ended("new") == 4
    assert said in capsys.readouterr().err


def test_a_bug_keeps_its_traceback(verb: Callable[[Callable[..., None]], None]) -> None:
    def command() -> None:
        raise ZeroDivisionError("a bug")

    verb(command)
    with pytest.raises(ZeroDivisionError):
        main(["new"])


def test_user_text_cannot_command_the_terminal(
    verb: Callable[[Callable[..., None]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        raise InputError("no \x1b[31mfile\x07 [bold]x[/bold] \u202eabc \ud800.md")

    verb(command)
    ended("new")
    assert capsys.readouterr().err == "error: no [31mfile [bold]x[/bold] abc \ufffd.md\n"


def test_a_reader_that_leaves_ends_the_command_quietly() -> None:
    code = (
        "import sys; from types import ModuleType; import gatewright.cli as cli\n"
        "def command() -> None:\n"
        "    for number in range(100_000): print(number)\n"
        "module = ModuleType('gatewright.cli.new'); module.command = command\n"
        "sys.modules['gatewright.cli.new'] = module; cli.main(['new'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141
