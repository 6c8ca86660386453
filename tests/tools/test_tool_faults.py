"""What is wrong with a tool of the configuration: one line with the key and the remedy for each."""

import pytest

from kiosk.settings.layers import load
from kiosk.tools.tool_faults import faults

DOOR = ('tools.door.about="Opens."', "tools.door.pin=22")
BELL = ('tools.bell.about="Rings."', 'tools.bell.webhook="https://a.example"')


def told(*overrides: str) -> list[str]:
    settings = load(overrides=[*overrides, 'button.source="none"'], system=None).settings
    return [one.line() for found in faults(settings).values() for one in found]


def test_tools_without_a_fault() -> None:
    assert told(*DOOR, *BELL) == []
    assert told('tools.call_staff.webhook="https://a.example"') == []
    assert told('tools.a.mcp="https://a.example"', "tools.a.only=['x']") == []
    assert told("tools.a.command=['/opt/server', '-x']", "tools.a.only=['x']") == []


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (DOOR[:1], "error: tools.door: it says nothing of what is to be done. Give it one of"),
        ((*DOOR, 'tools.door.webhook="https://a.example"'), "tools.door: it has pin and webhook"),
        (DOOR[1:], "tools.door.about: the model is not told what it does"),
        (('tools.look_up.about="x"', "tools.look_up.pin=2"), "the kiosk's own tool has this name"),
        ((*DOOR, "tools.door.arguments={a='b'}"), "door.arguments: it goes with webhook alone"),
        ((*DOOR, "tools.door.body={a='b'}"), "tools.door.body: it goes with webhook alone"),
        (('tools.a.python="os:getpid"',), "tools.a.python: os:getpid: getpid is no async function"),
        (
            ('tools.a.python="/nowhere/a.py:f"',),
            "/nowhere/a.py:f: cannot be imported: FileNotFound",
        ),
        (
            ('tools.a.python="asyncio:sleep"',),
            "tools.a.python: asyncio:sleep: delay: expected a name",
        ),
        ((*BELL, "tools.bell.pulse_ms=5"), "tools.bell.pulse_ms: it goes with pin alone"),
        ((*BELL, "tools.bell.arguments={A='b'}"), "arguments.A: is no name for an argument"),
        ((*BELL, "tools.bell.arguments={a=5}"), "arguments.a: it says nothing of its type"),
        ((*BELL, "tools.bell.arguments={a={type='X'}}"), "arguments.a: type: one of string"),
        (
            (*BELL, "tools.bell.arguments={a={type='ARRAY', items={type='OBJECT'}}}"),
            "arguments.a.items: an object without properties cannot be told to the service",
        ),
        ((*BELL, 'tools.bell.optional=["a"]'), "tools.bell.optional: 'a' is no argument of it"),
        ((*BELL, "tools.bell.body={a=['{b}']}"), "tools.bell.body: {b} is no argument"),
        (("tools.a.mcp='https://a.example'", "tools.a.command=['/x']"), "it has mcp and command"),
        (("tools.a.mcp='https://a.example'", "tools.a.about='x'"), "about: it goes with pin or"),
        (("tools.a.command=['/x']", "tools.a.headers={X='y'}"), "goes with webhook or mcp alone"),
        ((*BELL, "tools.bell.only=['a']"), "tools.bell.only: it goes with mcp or command alone"),
        ((*DOOR, "button.pin=22", "tools.x.about='x'", "tools.x.pin=22"), "is that of tools.x too"),
        ((*DOOR, 'lamp.driver="led"', "lamp.pin=22"), "GPIO 22 is that of the lamp too"),
    ],
)
def test_each_fault_is_told(overrides: tuple[str, ...], line: str) -> None:
    assert any(line in one for one in told(*overrides))


def test_a_pin_of_the_button_is_taken() -> None:
    settings = load(overrides=[*DOOR, 'button.source="gpio"', "button.pin=22"], system=None)
    (found,) = faults(settings.settings)["door"]
    assert "that of the button too" in found.what
