"""Planned prompts against plain prompting, at an equal budget of tokens.

`python -m benchmarks.diversity` writes `benchmarks/results/diversity/assistant-safety.json`. Plain
prompting asks a large language model for examples of a clause and nothing else, in one of two ways:
`by call`, three at a time, eight calls that know nothing of each other, as a pipeline asks that
repeats its prompt (`benchmarks/plain_prompting_by_call.jsonl`); `by list`, thirty at once
(`benchmarks/plain_prompting_by_list.jsonl`). Both files hold the replies as they came. Planned: the
recorded examples of the same clauses, shuffled, no longer than the longest plain one. For each
clause both are cut to the tokens of the smaller; the Vendi score, distinct bigrams and the
compression ratio are compared. Needs no public data.
"""

from __future__ import annotations

import json
import random
import statistics
from pathlib import Path
from typing import Any

from benchmarks.label_noise import recorded_examples
from benchmarks.table import RESULTS
from gatewright.artefacts import write_json
from gatewright.training.evaluation.diversity import (
    compression_ratio,
    distinct_n,
    embed,
    vendi_score,
    within_budget,
)
from gatewright.training.examples import Example

WAYS = ("by call", "by list")
NAME = "assistant-safety"
SEEDS = range(5)


def main() -> None:
    """Measure both ways of asking plainly, print the medians, and store the figures."""
    examples = recorded_examples(NAME)
    found = {way: _measured(_plain(way), examples) for way in WAYS}
    for way, figures in found.items():
        print(way, figures["median"])
    write_json(RESULTS / "diversity" / f"{NAME}.json", found)


def _plain(way: str) -> dict[str, list[str]]:
    """Texts by clause."""
    path = Path(__file__).parent / f"plain_prompting_{way.replace(' ', '_')}.jsonl"
    texts: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts.setdefault(row["clause"], []).extend(map(str, row["examples"]))
    return texts


def _measured(plain: dict[str, list[str]], examples: list[Example]) -> dict[str, Any]:
    from gatewright.classifiers.bases import load_tokenizer, resolve_base

    tokenizer = load_tokenizer(resolve_base("embedded").path)

    def tokens(text: str) -> int:
        return len(tokenizer(text)["input_ids"]) - 2

    verdicts = {name: _verdict(name) for name in plain}
    planned = {
        name: [
            str(each.prompt)
            for each in examples
            if each.clause == name and each.restricted == (verdicts[name] == "restricted")
        ]
        for name in plain
    }
    runs = [_compared(plain, planned, tokens, seed) for seed in SEEDS]
    median = {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}
    return {"median": median, "runs": runs}


def _verdict(clause: str) -> str:
    from gatewright.constitution import Constitution, find_constitution

    return Constitution.load(find_constitution(NAME)).clause(clause).verdict


def _compared(
    plain: dict[str, list[str]], planned: dict[str, list[str]], tokens: Any, seed: int
) -> dict[str, float]:
    """One draw: texts of equal length range, the same tokens for each clause on both sides."""
    sides: dict[str, list[str]] = {"plain": [], "planned": []}
    for name in plain:
        longest = max(map(tokens, plain[name]))
        texts = {
            "plain": list(plain[name]),
            "planned": [each for each in planned[name] if tokens(each) <= longest],
        }
        for each in texts.values():
            random.Random(seed).shuffle(each)
        budget = min(sum(map(tokens, each)) for each in texts.values())
        for side, each in texts.items():
            sides[side] += within_budget(each, budget, tokens)
    vendi = {side: vendi_score(embed(texts)) for side, texts in sides.items()}
    counts = {side: len(texts) for side, texts in sides.items()}
    return {
        "texts, plain": counts["plain"],
        "texts, planned": counts["planned"],
        "tokens, plain": sum(map(tokens, sides["plain"])),
        "tokens, planned": sum(map(tokens, sides["planned"])),
        "vendi, plain": vendi["plain"],
        "vendi, planned": vendi["planned"],
        "vendi ratio": vendi["planned"] / vendi["plain"],
        "vendi per text, plain": vendi["plain"] / counts["plain"],
        "vendi per text, planned": vendi["planned"] / counts["planned"],
        "distinct bigrams, plain": distinct_n(sides["plain"]),
        "distinct bigrams, planned": distinct_n(sides["planned"]),
        "compression, plain": compression_ratio(sides["plain"]),
        "compression, planned": compression_ratio(sides["planned"]),
    }


if __name__ == "__main__":
    main()
