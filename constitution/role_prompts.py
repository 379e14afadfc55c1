"""From a constitution and some texts to the messages for a role: judge, advocate, answerer, ...

Takes a constitution, the role's template, its variables and the texts it works on; gives messages.
The texts enter as data: JSON inside a block whose marks hold a nonce that no text contains, with
`<` escaped, so that nothing in them closes the block or passes for a chat model's control token.
Knows nothing about generators and about how replies are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gatewright.artefacts import digest
from gatewright.constitution.prompt_context import policy_context
from gatewright.constitution.prompts import Prompt, closed_object
from gatewright.constitution.records import Constitution
from gatewright.constitution.templating import find_template, render_template, template_digest

__all__ = ["data_block", "list_schema", "render_role"]

_NONCE_LENGTH = 12


def render_role(
    constitution: Constitution,
    role: str,
    *,
    texts: Sequence[Mapping[str, Any]],
    schema: Mapping[str, Any],
    templates: Path | None = None,
    **variables: Any,
) -> Prompt:
    """The messages for `role`: the policy with the role's duty, then the texts and the wish.

    The system message is `roles.jinja`, the user message `ROLE.jinja`; `variables` are plain
    values for both.

    Args:
        texts: what the role works on, one mapping of plain values each.
        schema: the JSON schema of the reply.
        templates: the author's folder.

    Raises:
        InputError: there is no such folder.
        TemplateError: a template cannot be rendered.
    """
    nonce = _nonce([role, texts, variables])
    context = {
        **policy_context(constitution),
        **variables,
        "role": role,
        "texts": data_block(texts, nonce),
        "mark": constitution.digest[:8],
    }
    used = [find_template(name, templates) for name in ("roles.jinja", f"{role}.jinja")]
    system, user = (render_template(template, context) for template in used)
    return Prompt(
        messages=({"role": "system", "content": system}, {"role": "user", "content": user}),
        schema=dict(schema),
        template_digest=template_digest(used),
    )


def data_block(texts: Sequence[Mapping[str, Any]], nonce: str) -> str:
    """The texts as one JSON value a line, between two marks with the nonce."""
    lines = [json.dumps(dict(each), ensure_ascii=False).replace("<", "\\u003c") for each in texts]
    return "\n".join([f"[data {nonce}]", *lines, f"[end of data {nonce}]"])


def list_schema(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema `{name: [{properties}, ...]}`, nothing optional, nothing besides."""
    return closed_object({name: {"type": "array", "items": closed_object(properties)}})


def _nonce(content: Any) -> str:
    """Differs from call to call, is the same when the call is repeated, and is in no text."""
    text = json.dumps(content, ensure_ascii=False, default=str)
    attempt = 0
    while (nonce := digest([text, attempt])[:_NONCE_LENGTH]) in text:
        attempt += 1
    return nonce
