"""An async function of the house as a tool, whose schema comes from its annotations."""

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from kiosk.errors import ConfigError
from kiosk.settings.layers import load as load_settings
from kiosk.tools.configured import ConfiguredTools
from kiosk.tools.python_tool import PythonTool, load
from kiosk.tools.tool import ToolError, ToolUse

USE = ToolUse("1", "k")


class Floor(enum.Enum):
    GROUND = "ground"
    FIRST = "first"


@dataclass
class Guest:
    name: str
    seats: int = 1


async def free_room(
    floor: Floor,
    seats: Annotated[int, "How many people"] = 2,
    kind: Literal["quiet", "any"] = "any",
    guests: list[str] | None = None,
) -> dict[str, Any]:
    """Finds a meeting room that is free now.

    Not for the model.
    """
    return {"floor": floor.name, "seats": seats, "kind": kind, "guests": guests}


def test_the_schema_comes_from_the_annotations() -> None:
    tool = PythonTool(free_room)
    assert tool.about == "Finds a meeting room that is free now."
    assert tool.parameters is not None
    told = tool.parameters["properties"]
    assert tool.parameters["required"] == ["floor"]
    assert told["floor"]["type"] == "STRING"
    assert sorted(told["floor"]["enum"]) == ["first", "ground"]
    assert (told["seats"]["type"], told["seats"]["description"][:15]) == (
        "INTEGER",
        "How many people",
    )
    assert sorted(told["kind"]["enum"]) == ["any", "quiet"]
    assert told["guests"]["type"] == "ARRAY"


async def test_it_gets_what_its_annotations_say() -> None:
    result = await PythonTool(free_room).run({"floor": "first", "guests": ["a"]}, USE)
    assert result == {"floor": "FIRST", "seats": 2, "kind": "any", "guests": ["a"]}


@pytest.mark.parametrize(
    "args", [{}, {"floor": "roof"}, {"floor": "first", "seats": "two"}, {"floor": "first", "x": 1}]
)
async def test_arguments_that_do_not_fit_are_refused(args: dict[str, Any]) -> None:
    with pytest.raises(ToolError) as told:
        await PythonTool(free_room).run(args, USE)
    assert told.value.code == "bad_arguments"


async def test_a_result_of_any_kind_is_told() -> None:
    async def nothing() -> None: ...

    async def guest() -> Guest:
        return Guest("Ada")

    async def number() -> int:
        return 7

    assert PythonTool(nothing).parameters is None
    assert await PythonTool(nothing).run({}, USE) == {"done": True}
    assert await PythonTool(guest).run({}, USE) == {"name": "Ada", "seats": 1}
    assert await PythonTool(number).run({}, USE) == {"result": 7}


async def _untyped(a): ...
async def _rest(*a: int): ...
async def _keywords(**a: int): ...
async def _unknown(a: "Nowhere"): ...  # type: ignore[name-defined]  # noqa: F821
async def _odd(a: type): ...


@pytest.mark.parametrize("function", [_untyped, _rest, _keywords, _unknown, _odd])
def test_a_function_that_cannot_be_a_tool_is_refused_with_the_reason(function) -> None:
    with pytest.raises(ConfigError):
        PythonTool(function)


def test_a_file_of_the_house(tmp_path: Path) -> None:
    file = tmp_path / "gate.py"
    file.write_text('async def open_gate(name: str) -> str:\n    "Opens."\n    return name\n')
    settings = load_settings(overrides=[f'tools.gate.python="{file}:open_gate"'], system=None)
    (tool,) = ConfiguredTools(settings.settings, lambda _: None).tools
    assert (tool.name, tool.about, tool.origin, tool.acts) == ("gate", "Opens.", "Python", True)
    (tmp_path / "broken.py").write_text("raise SystemExit")
    with pytest.raises(ConfigError, match="cannot be imported: SystemExit"):
        load(f"{tmp_path}/broken.py:f")


async def test_the_words_of_a_house_s_error_are_for_the_model_and_not_for_the_journal() -> None:
    async def book(name: str) -> None:
        raise ToolError("taken", f"{name} has booked already", in_doubt=True)

    with pytest.raises(ToolError) as told:
        await PythonTool(book).run({"name": "Schmidt"}, USE)
    assert (told.value.code, told.value.in_doubt) == ("taken", True)
    assert "Schmidt" in str(told.value)
    assert told.value.journal == "it answers taken"
