"""Tools of the configuration, as the model gets them."""

import asyncio

import pytest

from kiosk.core.inputs import Input, ShowCard
from kiosk.core.scene import Card
from kiosk.settings.layers import load
from kiosk.tools.configured import ConfiguredTools
from kiosk.tools.tool import ToolUse

from .web_service import WebService


def made(*overrides: str) -> tuple[ConfiguredTools, list[Input]]:
    happened: list[Input] = []
    settings = load(overrides=overrides, system=None).settings
    return ConfiguredTools(settings, happened.append), happened


def test_a_faulty_tool_is_left_out_and_the_others_stay(caplog: pytest.LogCaptureFixture) -> None:
    configured, _ = made(
        'tools.bell.webhook="https://a.example"', 'tools.call_staff.webhook="https://a.example"'
    )
    assert [tool.name for tool in configured.tools] == ["call_staff"]
    assert "left out tools.bell: error: tools.bell.about" in caplog.text


def test_arguments_become_a_schema() -> None:
    configured, _ = made(
        'tools.sign_in.about="Tells that a visitor is here."',
        'tools.sign_in.webhook="https://a.example"',
        'tools.sign_in.arguments={name="Whose", count={type="INTEGER", description="How many"}}',
        'tools.sign_in.optional=["count"]',
        "tools.sign_in.timeout_s=3",
    )
    (tool,) = configured.tools
    assert tool.parameters == {
        "type": "OBJECT",
        "properties": {
            "name": {"type": "STRING", "description": "Whose"},
            "count": {"type": "INTEGER", "description": "How many"},
        },
        "required": ["name"],
    }
    assert tool.timeout_s == 3
    assert tool.acts


def test_an_output_takes_a_switch_or_nothing() -> None:
    configured, _ = made(
        'tools.door.about="Opens."', "tools.door.pin=22", "tools.door.pulse_ms=500",
        'tools.light.about="Switches."', "tools.light.pin=23",
    )  # fmt: skip
    door, light = configured.tools
    assert door.parameters is None
    assert light.parameters is not None
    assert light.parameters["required"] == ["on"]


def test_the_screen_says_that_it_was_done(service: WebService) -> None:
    configured, happened = made(
        f'tools.call_staff.webhook="{service.url}"', 'tools.call_staff.show="On the way."'
    )
    (tool,) = configured.tools
    asyncio.run(tool.run({}, ToolUse("1", "k")))
    (shown,) = happened
    assert isinstance(shown, ShowCard)
    assert shown.card == Card("text", text="On the way.")
    assert shown.of_visit
    service.answer = (500, {}, b"")
    with pytest.raises(RuntimeError):
        asyncio.run(tool.run({}, ToolUse("2", "k")))
    assert len(happened) == 1
