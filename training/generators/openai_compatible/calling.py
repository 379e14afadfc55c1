"""One call of the endpoint through the openai SDK: an answer, or a failure and what kind it is.

Takes the body of a call and the seconds it may last in all. The SDK's own retries are off, and so
are redirects, which would take the key to another host. Knows nothing about requests, retries or
budgets; the key leaves this module in no text.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gatewright.training.generators.openai_compatible.endpoint import Endpoint
from gatewright.training.generators.openai_compatible.retrying import retry_after

if TYPE_CHECKING:
    from openai import AsyncOpenAI, RequestOptions

__all__ = ["Answer", "Caller", "Failure"]

Kind = Literal["stop", "refused", "later", "again"]

_CONNECT_S = 5.0
_LONGEST_COMPLAINT = 300
_SHORTEST_SECRET = 12  # what is shorter is a word such as `none`, and may stand in any reply
_HOPELESS = (401, 403, 404)
_PASSING = (408, 409, 425)
_OVERLOADED = (429, 503, 529)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said."""

    text: str
    finish_reason: str | None
    model: str
    tokens: int | None
    """Input and output together; None if the server did not count."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer."""

    sentence: str
    kind: Kind
    """`stop`: no other call will fare better; `refused`: this one never will; `later`: the server
    has no room now; `again`: it may do so the next time."""
    status: int | None = None
    retry_after: float | None = None
    overload: bool = False
    """Whether the server seems to have more to do than it can."""


class Caller:
    """An open client; close it with `close`."""

    def __init__(self, endpoint: Endpoint, *, connections: int) -> None:
        self._endpoint = endpoint
        self._library = _http_library()
        self._client = _client(endpoint, self._library, connections)
        # The client knows all this, but would copy its own defaults anew for every call.
        self._options: RequestOptions = {
            "max_retries": 0,
            "timeout": self._client.timeout,
            "headers": {},
            "params": {},
        }

    async def close(self) -> None:
        await self._client.close()

    async def call(self, body: Mapping[str, Any], *, timeout: float) -> Answer | Failure:
        """Send one call and wait at most `timeout` seconds for the whole of its answer."""
        import aiohttp
        import openai

        try:
            async with asyncio.timeout(timeout):
                response = await self._client.post(
                    "/chat/completions",
                    cast_to=self._library.Response,
                    body=body,
                    options=self._options,
                )
        except openai.APIStatusError as error:
            return self._failed_with(error.response)
        except TimeoutError:
            return Failure(f"no complete answer within {timeout:.0f} s", "again", overload=True)
        except (openai.APIConnectionError, aiohttp.ClientError, OSError) as error:
            return self._unreachable(error)
        except UnicodeEncodeError:
            return Failure(
                "the request holds half a surrogate pair, which cannot be sent", "refused"
            )
        return self._read(response)

    def _read(self, response: Any) -> Answer | Failure:
        try:
            body = json.loads(self._clean(response.content))
        except (ValueError, RecursionError):
            return Failure("the server's answer is damaged: not the JSON of a completion", "again")
        answer = _answer(body)
        if answer is not None:
            return answer
        # Some gateways answer 200 and put the error into the body.
        status = _inner_status(body)
        return self._failure(status, _complaint(body) or "no choices in the answer", {})

    def _failed_with(self, response: Any) -> Failure:
        text = self._clean(response.content).decode("utf-8", "replace")
        try:
            complaint = _complaint(json.loads(text)) or text
        except (ValueError, RecursionError):
            complaint = text
        return self._failure(response.status_code, complaint, response.headers)

    def _failure(self, status: int, complaint: str, headers: Mapping[str, str]) -> Failure:
        complaint = " ".join(complaint.split())[:_LONGEST_COMPLAINT]
        kind = _kind(status, complaint)
        sentence = f"HTTP status {status}: {complaint}" if complaint else f"HTTP status {status}"
        if kind == "stop":
            sentence = _advice(status, self._endpoint) + f" ({sentence})"
        return Failure(sentence, kind, status, retry_after(headers), overload=status in _OVERLOADED)

    def _unreachable(self, error: BaseException) -> Failure:
        import aiohttp

        cause = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        said = (str(cause) or type(cause).__name__)[:_LONGEST_COMPLAINT]
        unheard = (aiohttp.ClientConnectorError, ConnectionRefusedError, TimeoutError)
        return Failure(
            f"the connection failed: {said}", "again", overload=isinstance(cause, unheard)
        )

    def _clean(self, content: bytes) -> bytes:
        """Without the key, in case a server quotes it back at us."""
        key = self._endpoint.key.encode()
        return content.replace(key, b"[key]") if len(key) >= _SHORTEST_SECRET else content


def _http_library() -> Any:
    """The HTTP library of the installed SDK, httpx2 from its version 3 on."""
    import openai

    newer = int(openai.__version__.split(".")[0]) >= 3
    return importlib.import_module("httpx2" if newer else "httpx")


def _client(endpoint: Endpoint, library: Any, connections: int) -> AsyncOpenAI:
    import openai

    # No read timeout, for it would start anew with every byte: a deadline covers the whole call.
    timeout = library.Timeout(None, connect=_CONNECT_S)
    options = {
        "timeout": timeout,
        "follow_redirects": False,
        "limits": library.Limits(
            max_connections=connections, max_keepalive_connections=connections
        ),
    }
    try:
        # On aiohttp a call costs half the time, at 256 connections a third.
        http_client = openai.DefaultAioHttpClient(**options)
    except RuntimeError:
        http_client = openai.DefaultAsyncHttpxClient(**options)
    return openai.AsyncOpenAI(
        api_key=endpoint.key,
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=timeout,
        http_client=http_client,
        default_headers=_headers(),
    )


def _headers() -> dict[str, Any]:
    """What is sent besides the key: nothing about this machine, and no wish for compression.

    A few kilobytes take longer to compress than to send.
    """
    from openai import Omit

    told = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version")
    unsaid = {f"X-Stainless-{name}": Omit() for name in (*told, "Async")}
    return {"Accept-Encoding": "identity", **unsaid}


def _answer(body: Any) -> Answer | None:
    """The answer in a completion, or None if there is none in it."""
    try:
        choice = body["choices"][0]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
        reason, usage = choice.get("finish_reason"), body.get("usage")
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return Answer(
        text=str(content or refusal or ""),
        finish_reason="refusal" if refusal and not content else reason and str(reason),
        model=str(body.get("model") or ""),
        tokens=total if isinstance(total, int) and total >= 0 else None,
    )


def _complaint(body: Any) -> str:
    """What an error's body says, with its code, in whichever of the usual places it stands."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error", body)
    if not isinstance(error, dict):
        return str(error)
    said = error.get("message") or error.get("detail") or ""
    code = error.get("code") or error.get("type")
    text = said if isinstance(said, str) else json.dumps(said)
    return f"{text} [{code}]" if isinstance(code, str) else text


def _inner_status(body: Any) -> int:
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500


def _kind(status: int, complaint: str) -> Kind:
    if status in _HOPELESS or status < 400 or "insufficient_quota" in complaint:
        return "stop"
    if status == 429:
        return "later"
    return "again" if status >= 500 or status in _PASSING else "refused"


def _advice(status: int, endpoint: Endpoint) -> str:
    where, model = endpoint.base_url, endpoint.model
    if status == 401:
        return f"{where} does not accept the key; set OPENAI_API_KEY, then run the same command"
    if status == 403:
        return f"{where} does not let this key use {model!r}; ask for access, or name another model"
    if status == 404:
        return (
            f"{where} knows no model {model!r}, or is no chat endpoint; check the name, and that "
            "the base URL is all that comes before /chat/completions, usually up to /v1"
        )
    if status < 400:
        return f"{where} sends us to another address; give that one as openai:{model}@BASE_URL"
    return f"the account at {where} has no credit left; add some, then run the same command"
