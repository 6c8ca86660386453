"""The kiosk's own tools: a card, an expression, the time."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from google.genai import types

from kiosk.core.inputs import Express, HideCard, Input, ShowCard, VisitLeaves
from kiosk.core.scene import Card
from kiosk.settings.tool_settings import BUILT_IN
from kiosk.tools.built_in import BuiltInTools
from kiosk.tools.declarations import declaration
from kiosk.tools.tool import ToolError, ToolUse

from ..core.service import LIVE


class Trial:
    def __init__(self) -> None:
        self.happened: list[Input] = []
        built_in = BuiltInTools(
            self.happened.append,
            lambda: ("smile", "sad"),
            ("plan.png", "rooms/blue.jpg"),
            lambda: datetime(2026, 12, 1, 9, 5),
        )
        self.tools = {tool.name: tool for tool in built_in.tools(BUILT_IN)}

    def call(self, tool: str, /, **args: Any) -> dict[str, Any]:
        return asyncio.run(self.tools[tool].run(args, ToolUse("1", "k")))


@pytest.fixture
def trial() -> Trial:
    return Trial()


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_is_declared_as_the_service_knows_declarations(trial: Trial, name: str) -> None:
    told = types.FunctionDeclaration.model_validate(declaration(trial.tools[name], LIVE))
    assert told.description
    assert not trial.tools[name].acts


@pytest.mark.parametrize(
    ("name", "args", "card"),
    [
        ("show_text", {"text": "Room 5"}, Card("text", text="Room 5")),
        ("show_text", {"text": "12 €", "title": "Adults"}, Card("text", "Adults", "12 €")),
        ("show_list", {"items": ["left", "up"]}, Card("list", items=("left", "up"))),
        ("show_map", {"picture": "plan.png"}, Card("map", picture="plan.png")),
        (
            "show_image",
            {"picture": "rooms/blue.jpg", "text": "The blue room"},
            Card("image", text="The blue room", picture="rooms/blue.jpg"),
        ),
        ("show_qr", {"text": "https://a.example/x"}, Card("qr", text="https://a.example/x")),
    ],
)
def test_a_card_is_shown_for_this_visitor(
    trial: Trial, name: str, args: dict[str, Any], card: Card
) -> None:
    assert trial.call(name, **args) == {"done": True}
    (shown,) = trial.happened
    assert isinstance(shown, ShowCard)
    assert shown.card == card
    assert shown.of_visit


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("show_text", {}),
        ("show_text", {"text": 5}),
        ("show_text", {"text": "a" * 3000}),
        ("show_list", {"items": "left"}),
        ("show_list", {"items": []}),
        ("show_list", {"items": ["a"] * 100}),
        ("show_image", {"picture": "../secret.png"}),
        ("show_image", {}),
        ("show_qr", {"text": "WIFI:S:house;P:password;;"}),
        ("show_qr", {"text": "https://a.example@evil.example/"}),
        ("show_qr", {"text": "W", "caption": "Our shop"}),
        ("set_expression", {}),
        ("set_expression", {"name": "evil"}),
        ("set_expression", {"name": ["smile"]}),
    ],
)
def test_a_call_that_makes_no_sense_shows_nothing(
    trial: Trial, name: str, args: dict[str, Any]
) -> None:
    with pytest.raises(ToolError) as told:
        trial.call(name, **args)
    assert told.value.code == "bad_arguments"
    assert not trial.happened


def test_the_screen_is_cleared_and_the_face_smiles(trial: Trial) -> None:
    trial.call("clear_screen")
    trial.call("set_expression", name="smile")
    assert trial.happened[0] == HideCard()
    assert isinstance(trial.happened[1], Express)


def test_the_visit_ends_after_the_goodbye(trial: Trial) -> None:
    assert trial.call("end_visit") == {"done": True}
    assert trial.happened == [VisitLeaves()]


def test_pictures_are_named_and_without_any_none_is_shown(trial: Trial) -> None:
    schema = trial.tools["show_map"].parameters
    assert schema is not None
    assert schema["properties"]["picture"]["enum"] == ["plan.png", "rooms/blue.jpg"]
    without = BuiltInTools(trial.happened.append, tuple, (), datetime.now).tools(BUILT_IN)
    assert {"show_image", "show_map"} & {tool.name for tool in without} == set()


def test_the_time_is_that_of_the_house(trial: Trial) -> None:
    told = {"date": "2026-12-01", "weekday": "Tuesday", "time": "09:05"}
    assert trial.call("current_time") == told
