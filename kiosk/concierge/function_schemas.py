"""Whether the service takes the functions that a client declares: their names and schemas.

Source: Live API, `FunctionDeclaration` and `Schema`; the reasons of closes 1007 that people report:
"should be non-empty for OBJECT type", "only allowed for STRING type", "property is not defined",
"it must be the only field set", "only 'enum' and 'date-time' are supported", "missing field".
"""

import re
from typing import Any

from kiosk.concierge.client_messages import Refusal

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
_TYPES = {"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"}
_FIELDS = {
    "type", "format", "title", "description", "nullable", "enum", "items", "properties", "required",
    "anyOf", "minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength",
    "minimum", "maximum", "pattern", "example", "default", "propertyOrdering",
}  # fmt: skip
_WHOLE = {"minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength"}
_DECLARATION = {"name", "description", "parameters", "behavior", "response"}


def check(tools: list[Any]) -> None:
    """Refuse tools that the service would close the link for.

    Raises:
        Refusal: names the first field at fault, as the service does.
    """
    for at, tool in enumerate(tools):
        path = f"setup.tools[{at}]"
        if not isinstance(tool, dict):
            raise _refused(path, "must be a message")
        for number, function in enumerate(_get(tool, "functionDeclarations") or []):
            _check_function(function, f"{path}.function_declarations[{number}]")


def _check_function(function: Any, path: str) -> None:
    if not isinstance(function, dict):
        raise _refused(path, "must be a message")
    for name in function:
        if _camel(name) not in _DECLARATION:
            raise _unknown(name, path)
    if not _NAME.fullmatch(str(function.get("name", ""))):
        raise _refused(f"{path}.name", "Invalid function name")
    if str(function.get("behavior", "BLOCKING")) not in {"UNSPECIFIED", "BLOCKING", "NON_BLOCKING"}:
        raise _refused(f"{path}.behavior", "Invalid value")
    parameters = function.get("parameters")
    if parameters is not None:
        _check_schema(parameters, f"{path}.parameters")
        if parameters.get("type") != "OBJECT":
            raise _refused(f"{path}.parameters", "schema should be of type OBJECT")


def _check_schema(schema: Any, path: str) -> None:
    if not isinstance(schema, dict):
        raise _refused(path, "must be a message")
    for name in schema:
        if _camel(name) not in _FIELDS:
            raise _unknown(name, path)
    fields = {_camel(name): value for name, value in schema.items() if value is not None}
    if "anyOf" in fields:
        if set(fields) != {"anyOf"}:
            raise _refused(f"{path}.any_of", "when using any_of, it must be the only field set")
        if not isinstance(fields["anyOf"], list) or not fields["anyOf"]:
            raise _refused(f"{path}.any_of", "must be a list of schemas")
        for at, one in enumerate(fields["anyOf"]):
            _check_schema(one, f"{path}.any_of[{at}]")
        return
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise _refused(f"{path}.type", "must be specified")
    _check_values(fields, path)
    if kind == "OBJECT":
        _check_object(fields, path)
    elif "properties" in fields or "required" in fields:
        raise _refused(f"{path}.properties", "only allowed for OBJECT type")
    if kind == "ARRAY":
        if "items" not in fields:
            raise _refused(f"{path}.items", "missing field")
        _check_schema(fields["items"], f"{path}.items")
    elif "items" in fields:
        raise _refused(f"{path}.items", "only allowed for ARRAY type")


def _check_values(fields: dict[str, Any], path: str) -> None:
    if "enum" in fields:
        if fields["type"] != "STRING":
            raise _refused(f"{path}.enum", "only allowed for STRING type")
        for at, value in enumerate(fields["enum"]):
            if not isinstance(value, str) or not value:
                raise _refused(f"{path}.enum[{at}]", "cannot be empty")
    if "format" in fields and (
        fields["type"] != "STRING" or fields["format"] not in {"enum", "date-time"}
    ):
        raise _refused(path, "only 'enum' and 'date-time' are supported for STRING type")
    for name, kinds in (("description", str), ("nullable", bool), ("title", str), ("pattern", str)):
        if not isinstance(fields.get(name, kinds()), kinds):
            raise _refused(f"{path}.{name}", "Invalid value")
    for name in _WHOLE & fields.keys():
        if not isinstance(fields[name], int) or isinstance(fields[name], bool):
            raise _refused(f"{path}.{name}", "Invalid value (TYPE_INT64)")
    for name in {"minimum", "maximum"} & fields.keys():
        if not isinstance(fields[name], int | float) or isinstance(fields[name], bool):
            raise _refused(f"{path}.{name}", "Invalid value (TYPE_DOUBLE)")


def _check_object(fields: dict[str, Any], path: str) -> None:
    properties = fields.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise _refused(f"{path}.properties", "should be non-empty for OBJECT type")
    for at, name in enumerate(fields.get("required", [])):
        if name not in properties:
            raise _refused(f"{path}.required[{at}]", "property is not defined")
    for name, one in properties.items():
        _check_schema(one, f"{path}.properties[{name[:40]}]")


def _get(message: dict[str, Any], name: str) -> Any:
    return next((value for given, value in message.items() if _camel(given) == name), None)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)


def _refused(path: str, why: str) -> Refusal:
    return Refusal(1007, f"* BidiGenerateContentRequest.{path}: {why}")


def _unknown(name: str, path: str) -> Refusal:
    return Refusal(
        1007, f"Invalid JSON payload received. Unknown name \"{name[:40]}\" at '{path}': no field."
    )
