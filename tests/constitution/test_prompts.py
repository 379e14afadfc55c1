"""What a generator is asked, in words and as a schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gatewright.constitution import Constitution, Prompt, first_values, parse, render_request
from gatewright.constitution.prompts import Difficulty
from gatewright.constitution.records import VerdictName
from gatewright.errors import InputError

Edit = Callable[[str, str], Constitution]


def ask(constitution: Constitution, clause: str = "harassment/threat", **wish: Any) -> Prompt:
    wanted = {"verdict": "restricted", "difficulty": "plain", "values": {}, "count": 3}
    return render_request(constitution, clause, **{**wanted, **wish})


def texts(prompt: Prompt) -> tuple[str, str]:
    system, user = prompt.messages
    assert (system["role"], user["role"]) == ("system", "user")
    return system["content"], user["content"]


def test_the_system_message_holds_the_whole_rule(policy: Constitution) -> None:
    system, _ = texts(ask(policy))
    rule = policy.rule("harassment")
    written = [rule.title, rule.text, policy.title, policy.purpose]
    written += [clause.text for clause in rule.clauses]
    written += [text for example in rule.examples for text in example.fields.values()]
    written += [term.text for term in policy.terms]
    for text in written:
        assert text in system
    assert "Luring a person into a payment." not in system


def test_the_user_message_holds_the_wish(policy: Constitution) -> None:
    _, user = texts(ask(policy, values={"setting": "school", "mood": "calm"}, count=7))
    for text in ("Write 7 examples", "(threat)", "setting: school", "mood: calm", '"prompt"'):
        assert text in user


def test_every_wish_has_words_of_its_own(policy: Constitution) -> None:
    verdicts: tuple[VerdictName, ...] = ("restricted", "permitted")
    levels: tuple[Difficulty, ...] = ("plain", "subtle", "boundary")
    clauses = ("harassment/threat", "harassment/report")
    asked = {
        texts(ask(policy, clause, verdict=verdict, difficulty=level))[1]
        for clause in clauses
        for verdict in verdicts
        for level in levels
    }
    # A boundary pair holds both verdicts, whichever is asked for.
    assert len(asked) == 2 * 2 * 2 + 2


def test_a_permitted_text_is_permitted_by_every_rule(policy: Constitution) -> None:
    other = "Luring a person into a payment."
    assert other in texts(ask(policy, verdict="permitted"))[1]
    assert other in texts(ask(policy, difficulty="boundary"))[1]
    assert other not in texts(ask(policy, verdict="restricted"))[1]


def test_thousands_of_other_rules_do_not_flood_the_prompt() -> None:
    rule = "## Rule number {n} {{#r{n}}}\n### Restricted\n- {{#a}} something bad\n"
    rules = "".join(rule.format(n=n) for n in range(2000))
    constitution = parse(f"---\nname: x\nversion: 1\njudges: prompt\n---\n# T\n{rules}")
    _, user = texts(ask(constitution, "r7/a", verdict="permitted"))
    assert len(user) < 4_000


def test_a_prompt_is_the_same_every_time(policy: Constitution) -> None:
    assert ask(policy) == ask(policy) == ask(policy, policy.clause("harassment/threat"))  # type: ignore[arg-type]


def test_an_edit_of_another_rule_leaves_a_restricted_request_alone(
    policy: Constitution, edited: Edit
) -> None:
    assert ask(edited("Luring a person into", "Tricking a person into")) == ask(policy)


@pytest.mark.parametrize(
    ("judges", "names"),
    [
        ("prompt", ["prompt"]),
        ("response", ["response"]),
        ("exchange", ["prompt", "response"]),
        ("document", ["text"]),
    ],
)
def test_the_schema_names_the_fields_and_the_confidence(judges: str, names: list[str]) -> None:
    rule = "## R {#r}\n### Restricted\n- {#a} something bad\n"
    constitution = parse(f"---\nname: x\nversion: 1\njudges: {judges}\n---\n# T\n{rule}")
    item = {
        "type": "object",
        "properties": {
            **{name: {"type": "string"} for name in names},
            "confidence": {"type": "number"},
        },
        "required": [*names, "confidence"],
        "additionalProperties": False,
    }
    schema = ask(constitution, "r/a").schema
    assert schema["required"] == ["examples"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["examples"] == {"type": "array", "items": item}
    pair = ask(constitution, "r/a", difficulty="boundary").schema["properties"]["pairs"]["items"]
    assert pair["properties"] == {"restricted": item, "permitted": item}
    assert pair["required"] == ["restricted", "permitted"]


def test_values_default_to_the_first_of_each_dimension(policy: Constitution) -> None:
    clause = policy.clause("harassment/threat")
    assert first_values(policy, clause) == {"setting": "school", "length": "one line"}
    chosen = first_values(policy, clause, chosen=["setting=a=b"])
    assert chosen == {"setting": "a=b", "length": "one line"}


@pytest.mark.parametrize("setting", ["setting", "mood=calm", "=x"])
def test_an_unknown_setting_is_refused(setting: str, policy: Constitution) -> None:
    with pytest.raises(InputError, match="expected NAME=VALUE"):
        first_values(policy, policy.clause("harassment/threat"), chosen=[setting])


def test_an_unknown_clause_is_refused(policy: Constitution) -> None:
    with pytest.raises(InputError, match="the clauses are harassment/threat"):
        ask(policy, "harassment/nothing")
