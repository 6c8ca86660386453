"""The concierge refuses functions that the service refuses, with the place in its words."""

from typing import Any

import pytest

from kiosk.concierge import function_schemas
from kiosk.concierge.client_messages import Refusal

TEXT = {"type": "STRING"}


def of(**fields: Any) -> list[Any]:
    """A function with one argument of these fields."""
    parameters = {"type": "OBJECT", "properties": {"a": fields}}
    return [{"function_declarations": [{"name": "f", "parameters": parameters}]}]


@pytest.mark.parametrize(
    "tools",
    [
        [],
        [{"googleSearch": {}}],
        [{"functionDeclarations": [{"name": "f", "description": "x", "behavior": "BLOCKING"}]}],
        of(type="STRING", format="enum", enum=["a"], description="x", nullable=True),
        of(any_of=[TEXT, {"type": "INTEGER", "minimum": 1}]),
        of(type="ARRAY", items=TEXT, min_items=1),
    ],
)
def test_what_is_taken(tools: list[Any]) -> None:
    function_schemas.check(tools)


@pytest.mark.parametrize(
    ("tools", "why"),
    [
        ([5], "tools[0]: must be a message"),
        ([{"functionDeclarations": [{"name": "1 f"}]}], "function_declarations[0].name: Invalid"),
        ([{"functionDeclarations": [{"name": "f", "parametrs": {}}]}], 'Unknown name "parametrs"'),
        ([{"functionDeclarations": [{"name": "f", "parameters": TEXT}]}], "of type OBJECT"),
        (of(type="OBJECT"), "[a].properties: should be non-empty for OBJECT type"),
        (of(type="OBJECT", properties={"b": TEXT}, required=["c"]), "property is not defined"),
        (of(type="INTEGER", enum=["1"]), "[a].enum: only allowed for STRING type"),
        (of(type="STRING", enum=["a", ""]), "[a].enum[1]: cannot be empty"),
        (of(type="STRING", format="uri"), "only 'enum' and 'date-time' are supported"),
        (of(type="ARRAY"), "[a].items: missing field"),
        (of(type="STRING", items=TEXT), "[a].items: only allowed for ARRAY type"),
        (of(type="STRING", properties={}), "[a].properties: only allowed for OBJECT type"),
        (of(type=["STRING"]), "[a].type: must be specified"),
        (of(type="string"), "[a].type: must be specified"),
        (of(const="x"), 'Unknown name "const"'),
        (of(type="STRING", additionalProperties=False), 'Unknown name "additionalProperties"'),
        (of(any_of=[TEXT], description="x"), "it must be the only field set"),
        (of(any_of=[]), "must be a list of schemas"),
        (of(any_of=[{"type": "X"}]), "any_of[0].type: must be specified"),
        (of(type="STRING", description=5), "[a].description: Invalid value"),
        (of(type="STRING", max_length="x"), "Invalid value (TYPE_INT64)"),
        (of(type="NUMBER", minimum="x"), "Invalid value (TYPE_DOUBLE)"),
    ],
)
def test_what_is_refused(tools: list[Any], why: str) -> None:
    with pytest.raises(Refusal) as refused:
        function_schemas.check(tools)
    assert refused.value.code == 1007
    assert why in refused.value.why
