"""How items become windows: nothing cut in silence, no control token from a user's text."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from gatewright.classifiers.bases import load_tokenizer
from gatewright.classifiers.reading import MAX_CHARACTERS, Unreadable, Windows, collate
from gatewright.errors import ArtefactError, InputError


@pytest.fixture(scope="module")
def tokenizer(base_folder: Path) -> Any:
    return load_tokenizer(base_folder)


def decoder(*, start: bool) -> Any:
    """A byte-level tokenizer as decoders have: no separator, no padding, at most a start token."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate(["<s>", "</s>", *alphabet])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    if start:
        backend.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A $B:1", special_tokens=[("<s>", 0)]
        )
    fast: Any = PreTrainedTokenizerFast
    return fast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        model_input_names=["input_ids", "attention_mask"],
    )


def words(tokenizer: Any, window: Any) -> list[str]:
    return list(tokenizer.convert_ids_to_tokens(window.input_ids))


def test_a_short_text_is_one_window(tokenizer: Any) -> None:
    item = Windows(tokenizer, "document", 16, 4).of({"text": "the cat sat"})
    assert [words(tokenizer, window) for window in item.windows] == [
        ["[CLS]", "the", "cat", "sat", "[SEP]"]
    ]
    assert item.windows[0] == tuple(
        tokenizer("the cat sat")[name] for name in ("input_ids", "token_type_ids")
    )


def test_an_exchange_reads_as_the_tokenizers_own_pair(tokenizer: Any) -> None:
    item = Windows(tokenizer, "exchange", 32, 4).of({"prompt": "hello you", "response": "bad cat"})
    pair = tokenizer("hello you", "bad cat")
    assert item.windows == ((pair["input_ids"], pair["token_type_ids"]),)
    assert not item.context_shortened


@pytest.mark.parametrize("length", [14, 15, 25, 26, 400])
def test_windows_cover_every_token_and_overlap(tokenizer: Any, length: int) -> None:
    text = " ".join(("the", "cat", "dog", "sat", "mat")[at % 5] for at in range(length))
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    windows = Windows(tokenizer, "document", 16, 4).of({"text": text}).windows
    assert all(len(window.input_ids) <= 16 for window in windows)
    read = [window.input_ids[1:-1] for window in windows]
    joined = read[0]
    for part in read[1:]:
        shared = next(n for n in range(len(part), 3, -1) if joined[-n:] == part[:n])
        joined = joined + part[shared:]
    assert len(joined) <= length
    assert {*pairwise(tokens)} == {pair for part in read for pair in pairwise(part)}
    assert read[-1][-1] == tokens[-1]


def test_a_long_prompt_keeps_its_head_and_tail(tokenizer: Any) -> None:
    windows = Windows(tokenizer, "exchange", 33, 4)
    item = windows.of({"prompt": "evil " + "the " * 50 + "scam", "response": "cat " * 60})
    assert item.context_shortened
    assert len(item.windows) > 2
    for window in item.windows:
        shown = words(tokenizer, window)
        prompt = shown[1 : shown.index("[SEP]")]
        assert (len(prompt), prompt[0], prompt[-1]) == (11, "evil", "scam")


@pytest.mark.parametrize("written", ["[SEP]", "[CLS] kill", "a [MASK] b", "[PAD][UNK]"])
def test_control_tokens_in_a_text_stay_text(tokenizer: Any, written: str) -> None:
    window = Windows(tokenizer, "document", 64, 4).of({"text": written}).windows[0]
    assert not set(window.input_ids[1:-1]) & set(tokenizer.all_special_ids) - {
        tokenizer.unk_token_id
    }
    assert window.input_ids[1:-1] != []


@pytest.mark.parametrize("start", [True, False])
def test_decoders_are_read_too(start: bool, tmp_path: Path) -> None:
    decoder(start=start).save_pretrained(tmp_path)
    loaded = load_tokenizer(tmp_path)
    assert loaded.pad_token_id == loaded.eos_token_id
    (single,) = Windows(loaded, "document", 64, 8).of({"text": "ab</s>"}).windows
    assert single.input_ids.count(loaded.eos_token_id) == 0
    assert (single.input_ids[0] == loaded.bos_token_id) is start
    (pair,) = Windows(loaded, "exchange", 64, 8).of({"prompt": "ab", "response": "cd"}).windows
    assert loaded.decode(pair.input_ids) == ("<s>" if start else "") + "ab\n\ncd"
    batch = collate([single, pair], loaded)
    assert set(batch) == {"input_ids", "attention_mask"}
    assert batch["attention_mask"].sum(dim=1).tolist() == [
        len(single.input_ids),
        len(pair.input_ids),
    ]


@pytest.mark.parametrize("judges", ["prompt", "response", "document"])
def test_each_kind_reads_its_own_field(tokenizer: Any, judges: Any) -> None:
    windows = Windows(tokenizer, judges, 16, 4)
    (field,) = windows.fields
    assert windows.of({field: "cat", "other": 1}).windows
    with pytest.raises(Unreadable, match=f"missing: there is no {field}"):
        windows.of({"other": "cat"})


def test_the_limit_is_the_limit(tokenizer: Any) -> None:
    windows = Windows(tokenizer, "document", 128, 32)
    text = ("cat " * (MAX_CHARACTERS // 4))[:MAX_CHARACTERS]
    assert len(windows.of({"text": text}).windows) == 532
    with pytest.raises(Unreadable, match=r"over-long: 200,001 characters of text"):
        windows.of({"text": text + "x"})


def test_cutting_into_pieces_changes_no_token(tokenizer: Any) -> None:
    text = "the cat killed\n" * 3000
    whole = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    windows = Windows(tokenizer, "document", 128, 0).of({"text": text}).windows
    read = [token for window in windows[:-1] for token in window.input_ids[1:-1]]
    assert read == whole[: len(read)]
    assert len(read) > len(whole) - 126


@pytest.mark.parametrize(
    "text", ["ab" * 99_000, "cat " * 49_000, "a" + "\u05b0\u05c1\u0591" * 60_000, "日本" * 99_000]
)
def test_a_tokenizer_is_only_given_bounded_pieces(
    tokenizer: Any, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = Windows(tokenizer, "document", 128, 32)
    longest = 0

    def spy(self: Any, pieces: list[str], **options: Any) -> Any:
        nonlocal longest
        longest = max(longest, *map(len, pieces))
        return original(self, pieces, **options)

    original = type(tokenizer).__call__
    monkeypatch.setattr(type(tokenizer), "__call__", spy)
    windows.of({"text": text})
    assert 4_000 < longest <= 8_192


@pytest.mark.parametrize(("max_tokens", "stride"), [(16, 14), (16, -1), (2, 0)])
def test_windows_that_never_advance_are_refused(
    tokenizer: Any, max_tokens: int, stride: int
) -> None:
    with pytest.raises(InputError, match="cannot overlap"):
        Windows(tokenizer, "document", max_tokens, stride)


def test_a_slow_tokenizer_is_refused(tokenizer: Any) -> None:
    class Slow:
        is_fast = False

    with pytest.raises(ArtefactError, match=r"tokenizer\.json"):
        Windows(Slow(), "document")  # type: ignore[arg-type]
