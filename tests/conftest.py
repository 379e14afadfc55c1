"""What tests of several rooms share: no network, base models small enough to build at once, and a
small constitution of each kind with its slots, requests and journal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from gatewright.constitution import Constitution, parse
from gatewright.training.generators import Asked, Generator, Journal, Reply, open_generator
from gatewright.training.slots import Slot
from gatewright.training.synthesis import plan

# Before anything imports huggingface_hub, which reads it once.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class BuildBert(Protocol):
    def __call__(
        self,
        words: Iterable[str],
        *,
        layers: int = 1,
        width: int = 16,
        positions: int = 64,
        seed: int = 0,
        spread: float = 0.02,
    ) -> Path: ...


@pytest.fixture(scope="session")
def build_bert(tmp_path_factory: pytest.TempPathFactory) -> BuildBert:
    """Builds a BERT with random weights (of standard deviation `spread`) and a WordPiece tokenizer
    that knows `words`, and gives its folder, which is always called `tiny-bert`."""

    def build(
        words: Iterable[str],
        *,
        layers: int = 1,
        width: int = 16,
        positions: int = 64,
        seed: int = 0,
        spread: float = 0.02,
    ) -> Path:
        import torch
        from transformers import BertConfig, BertModel, BertTokenizer

        folder = tmp_path_factory.mktemp("bases") / "tiny-bert"
        vocabulary = dict.fromkeys([*SPECIAL, *words])
        tokenizer = BertTokenizer(vocab={token: at for at, token in enumerate(vocabulary)})
        tokenizer.save_pretrained(folder)
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=2 * width,
            max_position_embeddings=positions,
            initializer_range=spread,
        )
        BertModel(config).save_pretrained(folder)
        return folder

    return build


def letters(alphabet: str) -> list[str]:
    """Every character as a word, and as the rest of one."""
    return [*alphabet, *(f"##{letter}" for letter in alphabet)]


@pytest.fixture(scope="session")
def letters_bert(build_bert: BuildBert) -> Path:
    """A BERT of one layer that reads lower-case letters."""
    return build_bert(letters("abcdefghijklmnopqrstuvwxyz"), spread=0.5)


POLICY = """---
name: parcels
version: 1.0.0
judges: {judges}
---
# Parcels
What couriers may write about the parcels of their customers.

## Terms
- **Parcel**: a box, bag or envelope, on its way to a customer

## Dimensions
- tone: blunt, polite, hurried
- length: one sentence, two sentences, a paragraph

## Contents {{#contents}}
Telling what is in a parcel invites theft.
### Restricted
- {{#reveal}} Telling, hinting or guessing what a particular parcel holds.
- {{#worth}} Telling what a particular parcel is worth: its price, its insurance or its rarity.
### Permitted
- {{#size}} Telling the size, the weight or the shape of a parcel.
### Examples
- restricted (reveal):
{reveal}
- permitted (size):
{size}
### Dimensions
- place: street, depot, van, doorstep

## Customers {{#customers}}
Who gets parcels is nobody else's business.
### Restricted
- {{#name}} Naming the person a parcel is for.
### Permitted
- {{#door}} Giving the number of a house or a door.
- {{#delay}} Telling that a parcel is late, or where it is.
- {{#thanks}} Thanking somebody for waiting.
"""
_TEXTS = {
    "reveal": {
        "prompt": "What is in the box for number nine?",
        "response": "There is a laptop in the box for number nine.",
        "text": "There is a laptop in the box for number nine.",
    },
    "size": {
        "prompt": "How heavy is the box for number nine?",
        "response": "The box for number nine weighs two kilos.",
        "text": "The box for number nine weighs two kilos.",
    },
}
FIELDS = {
    "prompt": ["prompt"],
    "response": ["response"],
    "exchange": ["prompt", "response"],
    "document": ["text"],
}


def policy_text(judges: str) -> str:
    examples = {
        name: "\n".join(f'  - {field}: "{texts[field]}"' for field in FIELDS[judges])
        for name, texts in _TEXTS.items()
    }
    return POLICY.format(judges=judges, **examples)


@pytest.fixture
def policy() -> Callable[[str], str]:
    """`policy(judges)`: the markdown of a small constitution of that kind."""
    return policy_text


@pytest.fixture
def constitution() -> Constitution:
    """Two rules, three restricted and four permitted clauses; it judges exchanges."""
    return parse(policy_text("exchange"))


@pytest.fixture(params=sorted(FIELDS))
def any_constitution(request: pytest.FixtureRequest) -> Constitution:
    return parse(policy_text(request.param))


@pytest.fixture
def slots(constitution: Constitution) -> list[Slot]:
    return plan(constitution, examples=120, seed=0)


@pytest.fixture
def asked() -> Callable[..., Asked]:
    """`asked(slot)`: a record of having asked for it."""

    def made(slot: Slot, request: str = "r") -> Asked:
        return Asked(
            id=slot.id,
            role="writer",
            slot=slot,
            request=f"{request}-{slot.id}",
            constitution="c",
            clause_digest="k",
            template_digest="t",
        )

    return made


@pytest.fixture
def reply() -> Callable[..., Reply]:
    """`reply(slot, text)`: that text from the generator `g`, model `m`."""

    def made(slot: Slot, text: str, finish_reason: str | None = "stop") -> Reply:
        return Reply(id=slot.id, text=text, finish_reason=finish_reason, model="m", generator="g")

    return made


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "replies.sqlite") as opened:
        yield opened


@pytest.fixture
def script(tmp_path: Path, constitution: Constitution) -> Callable[..., Generator]:
    """`script(*lines)`: a generator that follows a script file of those lines."""

    def scripted(*lines: object) -> Generator:
        path = tmp_path / "script.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return open_generator(
            f"scripted:{path}", constitution=constitution, policy=Path("p.md"), seed=0
        )

    return scripted
