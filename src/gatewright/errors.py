"""Everything a user can get wrong, as exceptions whose message is the whole story.

    GatewrightError                 never raised itself
    ├── InputError            (2)   a constitution, template, option or data file is not as expected
    │   ├── ConstitutionError (2)   the constitution has errors; carries every one of them
    │   └── TemplateError     (2)   a prompt template has a mistake
    ├── LockedError           (3)   another process holds the run folder or the output
    ├── EnvironmentProblem    (4)   disk, permissions, memory, a missing extra
    ├── UpstreamError         (5)   a generator is unreachable or its budget is spent; resumable
    ├── QualityError          (6)   too little or too poor data to go on honestly
    └── ArtefactError         (7)   a gate, checkpoint or base model fails its verification

The number is the exit code of the command. A message says what was given, what was expected and
what to type next. Anything that is not a `GatewrightError` is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "ArtefactError",
    "ConstitutionError",
    "EnvironmentProblem",
    "GatewrightError",
    "InputError",
    "LockedError",
    "QualityError",
    "TemplateError",
    "UpstreamError",
]


class GatewrightError(Exception):
    """A mistake the user can mend; `exit_code` is what the command returns."""

    exit_code = 1


class InputError(GatewrightError):
    """A file or option is not what was expected."""

    exit_code = 2


class ConstitutionError(InputError):
    """The constitution has errors; `problems` holds one `file:line:col: message` line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class TemplateError(InputError):
    """A prompt template cannot be compiled or rendered."""


class LockedError(GatewrightError):
    """Another process works on the same folder."""

    exit_code = 3


class EnvironmentProblem(GatewrightError):
    """The machine lacks something: space, permission, memory, an optional dependency."""

    exit_code = 4


class UpstreamError(GatewrightError):
    """A generator does not answer, or the calls or tokens granted to it are spent."""

    exit_code = 5


class QualityError(GatewrightError):
    """The data cannot carry the claim that was asked of it."""

    exit_code = 6


class ArtefactError(GatewrightError):
    """A stored artefact is damaged, incomplete, or not the one it says it is."""

    exit_code = 7
