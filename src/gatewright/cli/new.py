"""The verb `new`: a constitution to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewright.constitution.records import Judges

__all__ = ["command"]


def command(
    name: Annotated[Path, typer.Argument(help="The file to write; .md is added when missing.")],
    judges: Annotated[
        Judges, typer.Option(help="What the constitution looks at (not with --from).")
    ] = "document",
    original: Annotated[
        str | None, typer.Option("--from", help="Copy this bundled constitution instead.")
    ] = None,
) -> None:
    """Write a commented starter constitution, small and complete, to change into your own.

    gatewright new policy.md

    gatewright new answers --judges exchange

    gatewright new mine.md --from refusals
    """
    from gatewright.artefacts import write_text
    from gatewright.cli.console import shown
    from gatewright.constitution import copied, starter
    from gatewright.errors import InputError

    if not name.name:
        raise InputError(f"{name} names no file; expected a name such as policy.md")
    path = name if name.suffix == ".md" else name.with_name(name.name + ".md")
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} exists and is not overwritten; give another name")
    write_text(path, copied(path.stem, original) if original else starter(path.stem, judges))
    typer.echo(shown(f"wrote {path}"))
    typer.echo("Edit it, then:")
    for step in ("check {0}", "render {0}", "run {0} --out runs/{1}"):
        typer.echo(shown(f"  gatewright {step.format(path, path.stem)}"))
