"""A finished run, told: in rows for a person, in plain values for a program, and what to do next.

Takes the records of the stages; knows nothing about how they came to be or how they are printed.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatewright.training.runs.running import RunResult

__all__ = ["as_rows", "as_values", "next_steps"]

_METRICS = {"auroc": "AUROC", "auprc": "AUPRC", "f1": "F1", "recall": "recall"}
_COLUMNS = {
    "prompt": "--prompt prompt",
    "response": "--response response",
    "exchange": "--prompt prompt --response response",
    "document": "--text text",
}
_ALONE, _EXCHANGE = 'gate("some text")', 'gate("a response", prompt="its prompt")'
_WEAK = (
    "composed only recombines the policy's own words, so this gate is weak; better replies come "
    "from another --generator, or by gatewright synthesize --to-batch"
)


def as_rows(result: RunResult) -> list[tuple[str, str]]:
    """What happened, as a name and a sentence for each thing worth knowing."""
    return [
        ("constitution", _constitution(result.result("check"))),
        *_synthesis(result.result("synthesize")),
        *_verification(result.result("verify")),
        *_curation(result.result("curate")),
        ("training", _training(result.result("train"))),
        *(("certificate", sentence) for sentence in result.result("certify")["sentences"]),
        ("figures", _figures(result.result("certify")["overall"])),
        *_decisions(result.result("certify")["overall"]),
        ("gate", str(result.folder.gate)),
    ]


def as_values(result: RunResult) -> dict[str, Any]:
    """All of it as JSON values: where things are, and each stage's counts and result."""
    return {
        "run": str(result.folder.root),
        "gate": str(result.folder.gate),
        "metrics": str(result.folder.metrics),
        "settings": result.settings.model_dump(),
        "done_before": list(result.done_before),
        "stages": {
            each.name: {
                "counts": each.counts.model_dump(by_alias=True),
                "seconds": each.seconds,
                "result": each.result,
            }
            for each in result.stages
        },
    }


def next_steps(result: RunResult) -> list[str]:
    """What to type now that there is a gate: filter, measure, and use it from Python."""
    judges, gate = result.result("check")["judges"], str(result.folder.gate)
    columns, quoted = _COLUMNS[judges], shlex.quote(gate)
    call = _EXCHANGE if judges == "exchange" else _ALONE
    loaded, base = repr(gate), result.settings.base
    if Path(base).is_dir():
        # A gate knows a base model's weights and name, not the folder they lie in.
        columns, loaded = f"{columns} --base {shlex.quote(base)}", f"{gate!r}, base={base!r}"
    return [
        f"sort a file:       gatewright filter {quoted} in.jsonl filtered {columns}",
        f"measure the gate:  gatewright evaluate {quoted} labelled.jsonl {columns}",
        "in Python:         "
        f"from gatewright import Gate; gate = Gate.load({loaded}); {call}.decision",
    ]


def _constitution(check: Mapping[str, Any]) -> str:
    warnings = len(check["warnings"])
    warned = f"; {_number(warnings, 'warning')}" if warnings else ""
    return (
        f"{check['name']}: {_number(check['rules'], 'rule')}, "
        f"{_number(check['clauses'], 'clause')}{warned}"
    )


def _synthesis(done: Mapping[str, Any]) -> list[tuple[str, str]]:
    asked = f"{done['answered']} of {done['planned']} answered by {done['generator']}"
    if done["reworded"]:
        asked += f", {done['reworded']} of them under an earlier wording of clause or template"
    rows = [("requests", asked)] + [("look out", _WEAK)] * (done["generator"] == "composed")
    verdicts = ", ".join(f"{n} {name}" for name, n in done["kept_by_verdict"].items())
    rows.append(("examples", f"{done['kept']} written ({verdicts})"))
    rows += [("unusable", _reasons(done["dropped_by_reason"]))] if done["dropped"] else []
    return rows + [("look out", alarm) for alarm in done["alarms"]]


def _verification(done: Mapping[str, Any]) -> list[tuple[str, str]]:
    if done["mode"] == "none":
        return [("verified", "no: labels are those the generator was asked for")]
    rows = [("verified", f"{done['kept']} of {done['asked about']} kept after {done['mode']}")]
    rows += [("disputed", _reasons(done["dropped_by_reason"]))] if done["dropped"] else []
    return rows + ([("look out", f"{done['waiting']} wait for judges")] if done["waiting"] else [])


def _curation(done: Mapping[str, Any]) -> list[tuple[str, str]]:
    splits = ", ".join(f"{n} for {name}" for name, n in done["splits"].items())
    rows = [("curated", f"{done['kept']} kept: {splits}")]
    if added := done["siblings"]["added"]:
        rows.append(("disguised", f"{added} siblings on top, to learn from"))
    return rows + ([("set aside", _reasons(done["reasons"]))] if done["dropped"] else [])


def _training(done: Mapping[str, Any]) -> str:
    best = done["best"]
    auprc = best["validation_auprc"]
    quality = "" if auprc is None else f"validation AUPRC {auprc:.3f}, "
    return (
        f"{_number(len(done['history']), 'epoch')} ({done['stopped']}), the best is number "
        f"{best['number']}: {quality}validation loss {best['validation_loss']:.3f}"
    )


def _figures(overall: Mapping[str, Any]) -> str:
    values = (
        f"{name} {overall[key]['value']:.3f}"
        for key, name in _METRICS.items()
        if overall[key]["value"] is not None
    )
    return f"{', '.join(values)} on {overall['n']} examples held out to certify"


def _decisions(overall: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the gate does with those examples, a row for either verdict."""
    return [
        (
            f"of {sum(counts.values())} {verdict}",
            ", ".join(f"{n} {what}" for what, n in counts.items()),
        )
        for verdict, counts in overall["decisions"].items()
    ]


def _reasons(reasons: Mapping[str, int]) -> str:
    return f"{sum(reasons.values())}: " + ", ".join(f"{n} {why}" for why, n in reasons.items())


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
