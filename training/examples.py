"""The one record that crosses every stage, and the record of what left.

Takes plain values; stores tables as Parquet through `datasets`, and dropped rows as JSON lines.
Knows nothing about how examples are written, curated or learned from.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gatewright.artefacts import canonical_json, digest, replaced, write_text
from gatewright.errors import ArtefactError

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = [
    "Dropped",
    "Example",
    "Origin",
    "Sifted",
    "count_reasons",
    "read_examples",
    "to_dataset",
    "write_dropped",
    "write_examples",
]

Origin = Literal["written", "real", "augmented", "reviewed"]

_COLUMNS = ("id", "prompt", "response", "text", "verdicts", "clause", "origin", "group", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A labelled item: what is judged, how, and where it comes from."""

    verdicts: Mapping[str, int]
    """Rule id -> 1 restricted, 0 permitted. An absent rule is unknown and masked in the loss."""
    clause: str
    """The clause it was written for, `rule/clause`."""
    group: str
    """Lineage: siblings (pairs, translations, paraphrases) share it, and no split cuts it."""
    origin: Origin = "written"
    prompt: str | None = None
    response: str | None = None
    text: str | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    """Where it comes from: constitution and template digests, generator, model, request digest,
    slot, round, difficulty, dimension values. Any of them may be absent."""

    @property
    def id(self) -> str:
        """Digest (16 hex digits) of what is judged: equal content, one id, whatever its label."""
        return digest([self.prompt, self.response, self.text])[:16]

    @property
    def fields(self) -> dict[str, str]:
        """The judged texts by field name, absent ones left out."""
        named = {"prompt": self.prompt, "response": self.response, "text": self.text}
        return {name: text for name, text in named.items() if text is not None}

    @property
    def restricted(self) -> bool:
        """Whether any rule restricts it."""
        return any(self.verdicts.values())


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that left, and why; written by whichever stage removed it."""

    reason: str
    """A stable word or two, counted in reports: `exact duplicate`, `reply: not JSON`."""
    stage: str
    detail: str = ""
    example: Example | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    """For what never became an example: the slot, the request."""


class Sifted(NamedTuple):
    """What a stage returns: both sides of its decision."""

    kept: list[Example]
    dropped: list[Dropped]


def count_reasons(dropped: Iterable[Dropped]) -> dict[str, int]:
    """How many left for each reason, most frequent first."""
    return dict(Counter(each.reason for each in dropped).most_common())


def to_dataset(examples: Iterable[Example]) -> Dataset:
    """Examples as a `datasets.Dataset`, one row each; `verdicts` and `source` are JSON text.

    JSON, because rules differ from one constitution to the next and a table's schema must not.
    """
    from datasets import Dataset, Features, Value

    rows: dict[str, list[str | None]] = {name: [] for name in _COLUMNS}
    for example in examples:
        for name, value in _row(example).items():
            rows[name].append(value)
    return Dataset.from_dict(rows, features=Features({name: Value("string") for name in _COLUMNS}))


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write examples to a Parquet file that is complete or absent."""
    import pyarrow.parquet as parquet

    table = to_dataset(examples).with_format("arrow")[:]
    with replaced(path) as temporary:
        parquet.write_table(table, temporary)


def read_examples(path: Path) -> list[Example]:
    """Read what `write_examples` wrote, in order.

    Raises:
        ArtefactError: the file is missing, damaged, or not a table of examples.
    """
    import pyarrow.parquet as parquet
    from pyarrow import ArrowException

    try:
        rows = parquet.read_table(path, columns=list(_COLUMNS)).to_pylist()
        return [_example(row) for row in rows]
    except (OSError, ArrowException, KeyError, ValueError) as error:
        raise ArtefactError(f"{path} is not a readable table of examples: {error}") from error


def write_dropped(path: Path, dropped: Sequence[Dropped]) -> None:
    """Write dropped rows as JSON lines, an empty file when nothing was dropped."""
    lines = (json.dumps(asdict(each), ensure_ascii=False, sort_keys=True) for each in dropped)
    write_text(path, "".join(line + "\n" for line in lines))


def _row(example: Example) -> dict[str, str | None]:
    return {
        "id": example.id,
        "prompt": example.prompt,
        "response": example.response,
        "text": example.text,
        "verdicts": canonical_json(dict(example.verdicts)),
        "clause": example.clause,
        "origin": example.origin,
        "group": example.group,
        "source": canonical_json(dict(example.source)),
    }


def _example(row: dict[str, Any]) -> Example:
    parsed = {name: json.loads(row[name]) for name in ("verdicts", "source")}
    return Example(**{name: row[name] for name in _COLUMNS if name != "id"} | parsed)
