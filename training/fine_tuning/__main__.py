"""Training behind a launcher: the code of `gatewright train`, in as many processes as it starts.

accelerate launch -m gatewright.training.fine_tuning runs/policy
torchrun --nproc_per_node 2 -m gatewright.training.fine_tuning runs/policy --epochs 6
"""

from __future__ import annotations

import typer

from gatewright.errors import GatewrightError
from gatewright.training.fine_tuning.command import command


def main() -> None:
    """Run the command line of this process; a user's mistake is one message and its exit code."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    try:
        app(prog_name="python -m gatewright.training.fine_tuning")
    except GatewrightError as error:
        for line in (f"error: {error}", *getattr(error, "__notes__", ())):
            typer.echo(line, err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
