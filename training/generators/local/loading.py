"""From a folder or a hub name to a language model that is ready to be asked.

Takes what a base model takes: safetensors weights, no code of its own, found without a network
where it is already on this machine. Knows nothing about requests, prompts or sampling.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.classifiers.bases import Base, load_tokenizer, longest_input, quiet, resolve_base
from gatewright.errors import ArtefactError, EnvironmentProblem, InputError

if TYPE_CHECKING:
    from llguidance import LLTokenizer
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["LanguageModel", "load_language_model"]


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A causal language model with its tokenizer, in evaluation mode."""

    name: str
    """Of the model and its weights: another model in the same folder is called otherwise."""
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    grammar_tokenizer: LLTokenizer
    """The tokenizer's vocabulary, as the grammar engine wants it."""
    ends: frozenset[int]
    """The tokens that end a reply."""
    context: int | None
    """How many tokens the model can read, its own included; None when it sets no limit."""


def load_language_model(name: str, *, device: str | None = None) -> LanguageModel:
    """The model in a folder, or of that name on the hub.

    Raises:
        InputError: there is no such model, or it has no chat template.
        EnvironmentProblem: the package that holds replies to JSON is not installed.
        ArtefactError: the folder holds no language model that `transformers` knows by itself.
    """
    _need_llguidance()
    base = _found(name)
    tokenizer = load_tokenizer(base.path)
    _refuse_plain_models(base, tokenizer)
    model = _model(base, tokenizer, device or _best_device())
    ends = _ends(model, tokenizer)
    if not ends:
        raise ArtefactError(f"{base.path} names no token that ends a reply (eos_token_id)")
    _decode_plainly(model, tokenizer, ends)
    return LanguageModel(
        name=f"{base.name}@{base.sha256[:12]}",
        model=model,
        tokenizer=tokenizer,
        grammar_tokenizer=_grammar_tokenizer(base, model, tokenizer, ends),
        ends=ends,
        context=longest_input(model),
    )


def _need_llguidance() -> None:
    try:
        import llguidance  # noqa: F401
    except ImportError as error:
        raise EnvironmentProblem(
            "the local generator holds replies to JSON with llguidance, which is not installed; "
            "run: pip install 'gatewright[local]'"
        ) from error


def _found(name: str) -> Base:
    if not name:
        raise InputError("local needs a model: --generator local:FOLDER_OR_HUB_NAME")
    if Path(name).is_dir():
        return resolve_base(name)
    try:
        return resolve_base(name)
    except ArtefactError as error:
        raise InputError(
            f"no model {name!r}: there is no such folder, nor does the hub give a model of that "
            "name, or it cannot be reached; name a folder, or fetch the model first: "
            f"hf download {name}"
        ) from error


def _refuse_plain_models(base: Base, tokenizer: Any) -> None:
    if not tokenizer.is_fast:
        raise ArtefactError(f"{base.path} has no tokenizer.json; the local generator needs one")
    if not tokenizer.chat_template:
        raise InputError(
            f"{base.path} has no chat template, so it was not trained to follow requests; name a "
            "model that was, such as its sibling called Instruct, Chat or -it"
        )


def _model(base: Base, tokenizer: Any, device: str) -> Any:
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        with quiet():
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                base.path,
                output_loading_info=True,
                dtype="auto",
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
            )
    except (OSError, ValueError, RuntimeError, AssertionError, SafetensorError) as error:
        raise ArtefactError(f"{base.path} cannot be loaded as a language model: {error}") from error
    model, loading = loaded
    if missing := sorted(loading["missing_keys"]):
        # An encoder gets a fresh, random head without a complaint.
        raise ArtefactError(
            f"{base.path} is no complete language model: it lacks {', '.join(missing[:3])}"
        )
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise ArtefactError(
            f"{base.path} holds a tokenizer of {len(tokenizer)} tokens for a model of {rows}: they "
            "do not belong together"
        )
    return model.to(device).eval()


def _best_device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that some part of the model's folder names as an end: chats have several."""
    named = (
        tokenizer.eos_token_id,
        getattr(model.generation_config, "eos_token_id", None),
        getattr(model.config, "eos_token_id", None),
    )
    return frozenset(token for each in named for token in _tokens(each))


def _tokens(value: int | Iterable[int] | None) -> Iterable[int]:
    if value is None:
        return ()
    return (value,) if isinstance(value, int) else value


def _decode_plainly(model: Any, tokenizer: Any, ends: frozenset[int]) -> None:
    """Forget how the model's folder would like it sampled: temperature, penalties and the like."""
    import transformers

    settings: Any = transformers.GenerationConfig
    model.generation_config = settings(
        do_sample=False, eos_token_id=sorted(ends), pad_token_id=tokenizer.pad_token_id
    )


def _grammar_tokenizer(base: Base, model: Any, tokenizer: Any, ends: frozenset[int]) -> LLTokenizer:
    from llguidance.hf import from_tokenizer

    rows = model.get_output_embeddings().weight.shape[0]
    try:
        return from_tokenizer(tokenizer, n_vocab=rows, eos_token=sorted(ends))
    except Exception as error:  # the engine raises whatever its parser made
        raise ArtefactError(
            f"the tokenizer in {base.path} cannot be used to hold replies to JSON: {error}"
        ) from error
