"""What was asked, frozen in the run folder, and refused when it is asked differently later.

Takes a run folder that its caller holds, a policy that can be parsed, and settings. Knows nothing
about stages.
"""

from __future__ import annotations

import difflib
from itertools import islice
from pathlib import Path

from gatewright.artefacts import write_text
from gatewright.errors import InputError
from gatewright.training.runs.folder import RunFolder
from gatewright.training.runs.settings import RunSettings

__all__ = ["freeze"]

_LONGEST_DIFF = 40


def freeze(
    folder: RunFolder, policy: Path, settings: RunSettings, *, accept_change: bool = False
) -> None:
    """Copy the constitution and write config.toml; or make sure that both still hold.

    Args:
        accept_change: replace them by what is asked now.

    Raises:
        InputError: without that, when the constitution was edited or a setting has another value.
    """
    text = _text(policy)
    if not accept_change:
        _refuse_other_settings(folder, policy, settings)
        _refuse_an_edit(folder, policy, settings)
    if not folder.constitution.exists() or _text(folder.constitution) != text:
        write_text(folder.constitution, text)
    if not folder.config.exists() or RunSettings.read(folder.config) != settings:
        settings.write(folder.config)


def _refuse_other_settings(folder: RunFolder, policy: Path, settings: RunSettings) -> None:
    if not folder.config.exists():
        return
    frozen = RunSettings.read(folder.config)
    if differences := frozen.differences(settings):
        listed = "\n  ".join(differences)
        raise InputError(
            f"{folder.root} was begun with other settings ({folder.config}):\n  {listed}\n"
            f"go on with the same ones: {frozen.command(policy, folder.root)}\n"
            + _other_ways(folder, policy, settings)
        )


def _refuse_an_edit(folder: RunFolder, policy: Path, settings: RunSettings) -> None:
    if not folder.constitution.exists():
        return
    before, now = (_text(path).splitlines() for path in (folder.constitution, policy))
    diff = difflib.unified_diff(before, now, str(folder.constitution), str(policy), "", "", 1, "")
    if lines := list(islice(diff, _LONGEST_DIFF + 1)):
        if len(lines) > _LONGEST_DIFF:
            lines[-1] = "..."
        raise InputError(
            f"{policy} was edited since {folder.root} was begun:\n"
            + "\n".join([*lines, _other_ways(folder, policy, settings)])
        )


def _other_ways(folder: RunFolder, policy: Path, settings: RunSettings) -> str:
    command = settings.command(policy, folder.root)
    return (
        "take the change over (only requests that it touches are asked again): "
        f"{command} --accept-change\n"
        f"or begin anew: {command} with another --out"
    )


def _text(path: Path) -> str:
    # Line ends stay as they are: the copy is to have the same bytes.
    return path.read_bytes().decode("utf-8")
