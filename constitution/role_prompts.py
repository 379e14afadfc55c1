"""From a constitution and some texts to the messages for a role: judge, advocate, answerer, ...

Takes a constitution, the role's template, its variables and the texts it works on; gives messages.
The texts enter as data, in a marked block.
Knows nothing about generators and about how replies are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gatewright.constitution.data_blocks import data_block, nonce_for
from gatewright.constitution.prompt_context import policy_context
from gatewright.constitution.prompts import Prompt, closed_object
from gatewright.constitution.records import Constitution
from gatewright.constitution.templating import find_template, render_template, template_digest

__all__ = ["list_schema", "render_role"]


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
    nonce = nonce_for([role, texts, variables])
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


def list_schema(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema `{name: [{properties}, ...]}`, nothing optional, nothing besides."""
    return closed_object({name: {"type": "array", "items": closed_object(properties)}})
