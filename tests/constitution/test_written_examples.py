"""The forms an author's examples take."""

from __future__ import annotations

import pytest

from gatewright.constitution import parse
from gatewright.errors import ConstitutionError

HEAD = """\
---
name: x
version: "1"
judges: {judges}
---
# X

## Rule {{#rule}}
### Restricted
- {{#bad}} Something that is restricted.
### Permitted
- {{#good}} Something that is permitted.
### Examples
"""


def fields(judges: str, example: str) -> dict[str, str]:
    (written,) = parse(HEAD.format(judges=judges) + example).rules[0].examples
    return written.fields


def problems(judges: str, example: str) -> tuple[str, ...]:
    with pytest.raises(ConstitutionError) as error:
        parse(HEAD.format(judges=judges) + example, name="p.md")
    return error.value.problems


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"quoted"', "quoted"),
        ("\u201cquoted\u201d", "quoted"),
        ("bare", "bare"),
        ('"  spaces kept  "', "  spaces kept  "),
        ('"He said "no" to me"', 'He said "no" to me'),
        ('He said "no"', 'He said "no"'),
        ('"', '"'),
        ('"two\n  lines"', "two\nlines"),
        ("&lt;b&gt; *x* \\_ `y`", "&lt;b&gt; *x* \\_ `y`"),
        ("tips:\n  - one\n  - two", "tips:\n- one\n- two"),
        ("colon: inside (and brackets): fine", "colon: inside (and brackets): fine"),
    ],
)
def test_a_text_on_the_line(written: str, text: str) -> None:
    assert fields("document", f"- restricted (bad): {written}\n") == {"text": text}


@pytest.mark.parametrize("judges", ["prompt", "response"])
def test_the_field_is_the_one_that_is_judged(judges: str) -> None:
    assert fields(judges, "- permitted (good): x\n") == {judges: "x"}


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_a_text_in_a_fence(fence: str) -> None:
    example = f"- permitted (good):\n  {fence}\n  a\n\n    b  \n  # c\n  {fence}\n"
    assert fields("document", example) == {"text": "a\n\n  b  \n# c"}


def test_a_longer_fence_holds_code_blocks() -> None:
    example = "- permitted (good):\n  ````\n  ```py\n  x\n  ```\n  ````\n"
    assert fields("document", example) == {"text": "```py\nx\n```"}


def test_a_single_field_may_be_named() -> None:
    assert fields("document", '- permitted (good):\n  - text: "a"\n') == {"text": "a"}


def test_an_exchange_has_two_fields_in_reading_order() -> None:
    example = (
        '- permitted (good):\n  - response:\n    ```\n    a\n      b\n    ```\n  - prompt: "q"\n'
    )
    assert list(fields("exchange", example).items()) == [("prompt", "q"), ("response", "a\n  b")]


def test_a_field_may_hold_a_list() -> None:
    example = "- permitted (good):\n  - prompt: q\n  - response: these:\n    - one\n    - two\n"
    assert fields("exchange", example)["response"] == "these:\n- one\n- two"


def test_the_full_clause_id_is_understood() -> None:
    assert fields("document", "- permitted (rule/good): x\n") == {"text": "x"}


@pytest.mark.parametrize(
    ("judges", "example", "message"),
    [
        (
            "document",
            "- restricted (worse): x",
            "no clause 'worse' in this rule; expected one of: bad, good",
        ),
        (
            "document",
            "- permitted (bad): x",
            "called permitted, but the clause 'bad' is restricted",
        ),
        (
            "document",
            "- forbidden (bad): x",
            "the verdict 'forbidden'; expected restricted or permitted",
        ),
        ("document", "- restricted bad: x", "no example; expected"),
        ("document", "- restricted (bad):", "an example without text"),
        ("document", '- restricted (bad): ""', "an example without text"),
        ("document", "- restricted (bad):\n  - prompt: x", "no field of this example"),
        ("document", "plain words", "text under 'Examples'; expected list items"),
        ("exchange", "- restricted (bad): x", "expected `- prompt: ...` and `- response: ...`"),
        ("exchange", "- restricted (bad):\n  - prompt: x", "an example without 'response'"),
        ("exchange", "- restricted (bad):\n  - prompt: x\n  - prompt: y", "expected"),
        (
            "exchange",
            "- restricted (bad):\n  - prompt: x\n  - response:",
            "an example without text",
        ),
    ],
)
def test_mistakes_are_named_with_their_line(judges: str, example: str, message: str) -> None:
    found = problems(judges, example + "\n")
    assert any(message in each for each in found), found
    assert all(14 <= int(each.split(":")[1]) <= 16 for each in found)
