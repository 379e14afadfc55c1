"""The command `gatewright`: one verb, one file, imported when it is called.

`main` takes the arguments of the command line and always ends in `SystemExit`. A user's mistake
is one message and its exit code; a bug keeps its traceback. Knows nothing about what verbs do.

    0 done   2 input   3 locked   4 environment   5 upstream   6 quality   7 artefact
    1 a bug  130 interrupted  141 nobody reads the output any more
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gatewright.artefacts import explained
from gatewright.cli.console import quiet_libraries, shown, stderr
from gatewright.errors import GatewrightError

__all__ = ["VERBS", "main"]

VERBS = {
    "new": "Write a commented starter constitution.",
    "check": "Check a constitution and list every error at once.",
    "render": "Show the prompt that asks for examples of a clause.",
    "run": "Do it all: from a constitution to a certified gate, resumable.",
    "synthesize": "Ask a generator for examples of every clause.",
    "verify": "Have labels checked by judges who do not know them.",
    "curate": "Remove duplicates, balance clauses, split by lineage.",
    "train": "Fine-tune the classifier on the curated examples.",
    "certify": "Calibrate the gate and certify its thresholds.",
    "evaluate": "Measure a gate on labelled data.",
    "filter": "Sort a file into kept, dropped and undecided.",
}
"""Each verb with its line of help. Verb `x` is the function `command` of `gatewright.cli.x`."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command with `arguments`, those of the process unless given.

    Raises:
        SystemExit: always; its code is the exit code.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    quiet_libraries()
    _show_log()
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    called = next((argument for argument in arguments if not argument.startswith("-")), None)
    with _ending():
        app = _application(called)
    app(arguments, prog_name="gatewright")
    raise SystemExit(0)


def _show_log() -> None:
    """What our own modules say while they work, one plain line each, on stderr."""

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            stderr.print(shown(record.getMessage()))

    logger = logging.getLogger("gatewright")
    logger.setLevel(logging.INFO)
    if not logger.handlers:
        logger.addHandler(Lines())


def _application(called: str | None) -> typer.Typer:
    """The command with all its verbs, of which only the called one is imported."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    app.callback()(_gatewright)
    for verb, summary in VERBS.items():
        function = _imported(verb) if verb == called else _not_called
        app.command(verb, short_help=summary)(function)
    return app


def _imported(verb: str) -> Callable[..., None]:
    function: Callable[..., None] = importlib.import_module(f"gatewright.cli.{verb}").command
    return _ending()(function)


def _not_called() -> None:
    raise AssertionError("only the verb that is called is ever invoked")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"gatewright {version('gatewright')}")
        raise typer.Exit


def _gatewright(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """A written constitution goes in; a small, certified classifier that gates data comes out.

    Start with `gatewright new policy.md`, then `gatewright run policy.md --out runs/policy`.
    Every verb explains itself: `gatewright run --help`.
    """


@contextmanager
def _ending() -> Iterator[None]:
    """Turn what a user may meet into a message and an exit code, and let bugs through.

    Notes added to the exception (PEP 678) are printed below its message: a stage that can be
    resumed adds the command to continue with.
    """
    try:
        yield
        sys.stdout.flush()
    except GatewrightError as error:
        _stop(error, f"error: {error}", error.exit_code)
    except KeyboardInterrupt as interrupt:
        _stop(interrupt, "interrupted", 130)
    except BrokenPipeError as error:
        # Python flushes stdout once more on its way out, which would raise again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from error
    except OSError as error:
        problem = explained(error, Path(error.filename or "the output"))
        if not isinstance(problem, GatewrightError):
            raise
        _stop(error, f"error: {problem}", problem.exit_code)


def _stop(error: BaseException, message: str, exit_code: int) -> NoReturn:
    for line in (message, *getattr(error, "__notes__", ())):
        stderr.print(shown(line))
    raise SystemExit(exit_code) from error
