"""Which tools there are, and how the model is told of them."""

import pytest
from google.genai import types
from msgspec.structs import replace

from kiosk.knowledge import look_up_tool
from kiosk.tools.registry import ToolRegistry, declaration

from ..core.service import LIVE
from .trial_tools import tool

BELL, DOOR = tool("bell"), tool("door")


@pytest.mark.parametrize(
    ("api", "model", "behavior"),
    [
        ("developer", "gemini-3.8-live", "BLOCKING"),
        ("developer", "gemini-3.8-live-extended-thinking", "NON_BLOCKING"),
        ("vertex", "gemini-3.8-live", None),
    ],
)
def test_a_tool_is_declared_as_the_service_takes_it(api, model, behavior) -> None:
    live = replace(LIVE, api=api, model=model)
    searching = replace(BELL, about=look_up_tool.ABOUT, parameters=look_up_tool.PARAMETERS)
    told = types.FunctionDeclaration.model_validate(declaration(searching, live))
    assert told.name == "bell"
    assert told.description == look_up_tool.ABOUT
    assert told.parameters is not None
    assert told.parameters.required == ["question"]
    assert (told.behavior and told.behavior.value) == behavior


def test_a_tool_without_arguments_has_no_schema() -> None:
    assert "parameters" not in declaration(BELL, LIVE)


def test_tools_come_and_go_with_their_sources() -> None:
    there = (BELL,)
    registry = ToolRegistry(LIVE, [lambda: there, lambda: (DOOR,)])
    first = registry.functions()
    assert [one["name"] for one in first] == ["bell", "door"]
    assert registry.find("bell") is BELL
    assert registry.find("gate") is None
    there = ()
    assert [one["name"] for one in registry.functions()] == ["door"]
    assert registry.find("bell") is None


def test_the_declarations_are_the_same_while_nothing_changes() -> None:
    registry = ToolRegistry(LIVE, [lambda bells=(BELL,): bells])
    assert registry.functions() is registry.functions()


def test_of_two_tools_of_one_name_the_first_is_called() -> None:
    others = (tool("bell"), DOOR)
    registry = ToolRegistry(LIVE, [lambda: (BELL,), lambda: others])
    assert [one["name"] for one in registry.functions()] == ["bell", "door"]
    assert registry.find("bell") is BELL
