"""Which tools there are, and how the model is told of them."""

from kiosk.tools.registry import ToolRegistry

from ..core.service import LIVE
from .trial_tools import tool

BELL, DOOR = tool("bell"), tool("door")


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
