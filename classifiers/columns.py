"""Which column of a user's table holds which of the texts a gate judges.

Takes names, gives names. Knows nothing about gates or files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gatewright.errors import InputError

__all__ = ["columns_of", "require_columns"]


def columns_of(
    fields: Sequence[str],
    *,
    text: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
) -> dict[str, str]:
    """The column of each judged field: the one given, else the one of the field's own name.

    Args:
        fields: what the gate judges, the judged text last, its context before it.
        text: column of the judged text, whatever the constitution calls it.
        prompt: column of the prompt.
        response: column of the response.

    Raises:
        InputError: a column is given for something the gate does not judge, or given twice.
    """
    judged = fields[-1]
    given = {"prompt": prompt, "response": response}
    wrong = [name for name, column in given.items() if column is not None and name not in fields]
    if wrong:
        raise InputError(
            f"this gate judges {' and '.join(fields)}; it has no use for a {wrong[0]} column "
            f"({given[wrong[0]]!r})"
        )
    if text is not None and given.get(judged) is not None:
        raise InputError(f"both a text and a {judged} column are given; they mean the same here")
    given[judged] = given.get(judged) or text
    return {field: given.get(field) or field for field in fields}


def require_columns(columns: Mapping[str, str], available: Iterable[str], where: str) -> None:
    """Raise unless every column is available.

    Args:
        columns: by field, as `columns_of` gives them.
        available: the columns there are.
        where: what has them, in words.

    Raises:
        InputError: naming the columns there are.
    """
    known = list(available)
    for field, column in columns.items():
        if column not in known:
            option = "text" if field == list(columns)[-1] else field
            listed = ", ".join(map(repr, known)) or "none"
            raise InputError(
                f"{where} has no column {column!r} for the {field}; its columns are {listed}. Name "
                f"the right one: --{option} COLUMN (in Python: {option}=COLUMN)"
            )
