"""Where to ask, which model, and with which key.

Takes the generator's argument and the environment; gives an `Endpoint` or says what to type. The
key comes from OPENAI_API_KEY alone and shows in no repr. Knows nothing about HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gatewright.errors import InputError

__all__ = ["OFFICIAL", "Endpoint", "find_endpoint"]

OFFICIAL = "https://api.openai.com/v1"
"""Where the SDK asks when it is told nothing else."""

_NO_KEY = "none"  # local servers want no key, but the SDK will not start without one
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_AN_ADDRESS_SURELY = re.compile(r"(localhost|[\w.-]+:\d+)(/.*)?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A chat endpoint and the model to ask for there."""

    model: str
    base_url: str
    """Up to what comes before `/chat/completions`."""
    key: str = field(repr=False)

    @property
    def official(self) -> bool:
        return urlsplit(self.base_url).hostname == urlsplit(OFFICIAL).hostname

    @property
    def exposes_key(self) -> bool:
        """Whether a real key would travel in the clear to another machine."""
        url = urlsplit(self.base_url)
        return url.scheme == "http" and url.hostname not in _LOOPBACK and self.key != _NO_KEY


def find_endpoint(argument: str, environment: Mapping[str, str]) -> Endpoint:
    """The endpoint of `MODEL` or `MODEL@BASE_URL`.

    Without a base URL that of OPENAI_BASE_URL is meant, and without that the official one.

    Raises:
        InputError: no model, an address that is none, or no key where one is needed.
    """
    model, base_url = _split(argument)
    base_url = base_url or environment.get("OPENAI_BASE_URL", "").strip() or OFFICIAL
    _check_url(base_url)
    key = environment.get("OPENAI_API_KEY", "").strip()
    if not (key.isascii() and key.isprintable()):
        raise InputError(
            "OPENAI_API_KEY holds characters that no key has; set it again, without line breaks: "
            "export OPENAI_API_KEY=..."
        )
    endpoint = Endpoint(model, base_url.rstrip("/"), key or _NO_KEY)
    if endpoint.official and not key:
        raise InputError(
            f"{endpoint.base_url} needs a key: export OPENAI_API_KEY=..., or name another server "
            f"as openai:{model}@BASE_URL, such as openai:{model}@http://127.0.0.1:8000/v1"
        )
    return endpoint


def _split(argument: str) -> tuple[str, str]:
    # A model's name may hold an @ of its own, so only one before an address parts the two.
    model, separator, rest = argument.rpartition("@http")
    base_url = f"http{rest}" if separator else ""
    if not base_url:
        model = argument
        _, _, tail = argument.rpartition("@")
        if tail != argument and _AN_ADDRESS_SURELY.fullmatch(tail):
            raise InputError(
                f"{argument!r}: a base URL begins with http:// or https://; "
                f"did you mean {argument.replace(f'@{tail}', f'@http://{tail}')!r}?"
            )
    if not model.strip():
        raise InputError(
            "openai needs a model: --generator openai:MODEL, or openai:MODEL@BASE_URL for a "
            "server of your own, such as openai:llama@http://127.0.0.1:8000/v1"
        )
    return model.strip(), base_url.strip()


def _check_url(base_url: str) -> None:
    """Refuse what is no address, and what would carry a secret into logs and run folders."""
    try:
        url = urlsplit(base_url)
        host, _ = url.hostname, url.port
    except ValueError:
        raise InputError("the base URL is not an address; expected http://HOST:PORT/v1") from None
    if url.username or url.password or url.query or url.fragment:
        raise InputError(
            f"the base URL at {host} holds a name, a password or a ?query, which would end up in "
            "logs; give the plain address, and the key as OPENAI_API_KEY"
        )
    if url.scheme not in ("http", "https") or not host:
        raise InputError(f"{base_url!r} is no base URL; expected one like http://127.0.0.1:8000/v1")
