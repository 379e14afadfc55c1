"""The files of a model folder: its weights, how it is read, whether it wants to run code.

Takes folders laid out as `transformers` writes them; loads nothing. Knows nothing about gates.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from gatewright.artefacts import digest, file_sha256
from gatewright.errors import ArtefactError

__all__ = ["Pooling", "declared_pooling", "has_weights", "refuse_remote_code", "weights_sha256"]

Pooling = Literal["native", "mean"]
"""How token vectors become one: the architecture's own way, or the mean over a text's tokens."""

_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"
_POOLING = Path("1_Pooling", "config.json")
_SETTINGS = ("config.json", "generation_config.json", "tokenizer_config.json")
_REMOTE_CODE = ("auto_map", "trust_remote_code", "_attn_implementation_internal")


def has_weights(folder: Path) -> bool:
    """Whether there are safetensors weights, in one file or in shards."""
    return (folder / _WEIGHTS).exists() or (folder / _INDEX).exists()


def weights_sha256(folder: Path) -> str:
    """The sha256 of the weights: of the one safetensors file, or of the digests of all shards.

    Raises:
        ArtefactError: there are none, or the index names files elsewhere.
    """
    digests = {shard: file_sha256(_shard(folder, shard)) for shard in _shards(folder)}
    return digests[_WEIGHTS] if list(digests) == [_WEIGHTS] else digest(digests)


def declared_pooling(folder: Path) -> Pooling:
    """`mean` for a BERT whose folder says that it was trained to be read so; else `native`.

    Sentence encoders declare it in `1_Pooling/config.json`. Only BERT hands one pooled vector from
    its pooler to its classifier, so only there the pooler can be exchanged and all else stay.
    """
    try:
        declared, config = _json(folder / _POOLING), _json(folder / "config.json")
    except ArtefactError:
        return "native"
    is_mean = declared.get("pooling_mode_mean_tokens") is True
    return "mean" if is_mean and config.get("model_type") == "bert" else "native"


def refuse_remote_code(folder: Path) -> None:
    """Raise unless the JSON files of a model folder leave all code to `transformers`.

    Raises:
        ArtefactError: one of them names code of its own, or is not JSON.
    """
    for path in (folder / name for name in _SETTINGS):
        found = _keys(_json(path)).intersection(_REMOTE_CODE) if path.exists() else set()
        if found:
            raise ArtefactError(
                f"{path} asks for code of its own ({', '.join(sorted(found))}), which is never "
                "run; choose a model that transformers knows by itself"
            )


def _shards(folder: Path) -> list[str]:
    if (folder / _WEIGHTS).exists():
        return [_WEIGHTS]
    if (folder / _INDEX).exists():
        return sorted(set(_json(folder / _INDEX).get("weight_map", {}).values()))
    raise ArtefactError(
        f"{folder} holds no {_WEIGHTS}; pickled weights (.bin, .pt) are never loaded: convert "
        "them, or choose a model published as safetensors"
    )


def _shard(folder: Path, name: str) -> Path:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise ArtefactError(f"{folder / _INDEX} names {name!r}, which is not a file beside it")
    return path


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtefactError(f"{path} is not readable JSON: {error}") from error
    if not isinstance(value, dict):
        raise ArtefactError(f"{path} is not a JSON object")
    return value


def _keys(value: Any) -> set[str]:
    """Every key of a nested JSON value."""
    if isinstance(value, dict):
        return set(value).union(*(_keys(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(each) for each in value))
    return set()
