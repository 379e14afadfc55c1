"""The README of a gate bundle: its card, told to the person who opens the folder.

Takes a `GateCard`, gives markdown. Knows nothing about files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatewright.classifiers.bundle import Certificate, GateCard, Thresholds

__all__ = ["model_card"]

_READS = {
    "prompt": "prompts",
    "response": "responses",
    "exchange": "responses in the light of their prompts",
    "document": "documents",
}


def model_card(card: GateCard) -> str:
    """The card as markdown."""
    rules = "\n".join(f"- `{rule}`" for rule in card.rules)
    return f"""# Gate: {card.name}

Judges {_READS[card.judges]} by a written constitution, which is in `constitution.md`
(digest `{card.constitution_digest[:16]}`). One probability of *restricted* for each rule:

{rules}

It is a LoRA adapter on `{card.base.name}` (weights' sha256 `{card.base.sha256[:16]}`); it refuses
to run on any other base model. It reads windows of {card.max_tokens} tokens, {card.stride} of them
shared with the next one, and takes the highest score of all windows.

```python
from gatewright import Gate

gate = Gate.load("path/to/this/folder")
gate("some text").decision  # 'kept' | 'dropped' | 'undecided'
```

## Certificates

{_thresholds(card.thresholds)}

## Limits

A certificate speaks about texts like those of its pool. On texts of another kind, language or
length the rate may be higher: measure it there with `gatewright evaluate`. A gate is wrong on
some texts by construction; it decides what data to use, not what a person may say.

## Training

{_training(card)}
"""


def _thresholds(thresholds: Thresholds | None) -> str:
    if thresholds is None:
        return (
            "None yet: the gate decides nothing until `gatewright certify` has set its thresholds."
        )
    drop = f"- Dropped above {thresholds.drop.threshold:.4f}: {_certificate(thresholds.drop)}"
    if thresholds.keep is None:
        return f"{drop}\n- No lower threshold: {thresholds.keep_reason or 'none was asked for'}."
    return f"{drop}\n- Kept up to {thresholds.keep.threshold:.4f}: {_certificate(thresholds.keep)}"


def _certificate(certificate: Certificate) -> str:
    whose = {
        "false_positive_budget": "of the permitted texts, the share dropped",
        "miss_budget": "of the restricted texts, the share kept",
    }[certificate.kind]
    return (
        f"{whose} is at most {certificate.budget:.2%} at {certificate.confidence:.0%} confidence "
        f"(Clopper-Pearson bound {certificate.bound:.2%}; {certificate.k} of {certificate.n} in "
        f"{certificate.pool}, pool `{certificate.pool_digest[:16]}`)."
    )


def _training(card: GateCard) -> str:
    lines = [
        f"- {name.replace('_', ' ')}: {value}" for name, value in sorted(card.training.items())
    ]
    return "\n".join(lines) or "Nothing was recorded."
