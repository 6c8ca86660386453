"""What is wrong with the tools of the configuration, each by itself: a faulty one is left out."""

from collections.abc import Iterator

from kiosk.errors import ConfigError
from kiosk.knowledge.house_knowledge import LOOK_UP
from kiosk.settings import secrets
from kiosk.settings.findings import Finding
from kiosk.settings.tool_settings import BUILT_IN, NAME, ToolSettings, texts_of
from kiosk.settings.types import Settings
from kiosk.tools.json_schema import SchemaError, argument
from kiosk.tools.template import REFERENCE

ABOUT = {
    "call_staff": "Calls a member of staff to the visitor. Use it when the visitor asks for one."
}
"""What a tool of this name does, where the configuration does not say it."""
_KINDS = {
    "pin": "an output of the board",
    "webhook": "a URL",
    "mcp": "the URL of an MCP server",
    "command": "a program that is one",
    "python": "a function of yours",
}
_GOES_WITH = {
    "pulse_ms": ("pin",),
    "active_high": ("pin",),
    "method": ("webhook",),
    "body": ("webhook",),
    "headers": ("webhook", "mcp"),
    "environment": ("command",),
    "only": ("mcp", "command"),
    "about": ("pin", "webhook", "python"),
    "show": ("pin", "webhook", "python"),
    "arguments": ("webhook",),
    "optional": ("webhook",),
}
"""Keys that go with some kinds of tools alone."""
_DEFAULT = ToolSettings()


def faults(settings: Settings) -> dict[str, list[Finding]]:
    """By the name of the tool, what is wrong with it; tools without a fault are not in it."""
    found = {
        name: [*_faults_of(f"tools.{name}", name, tool), *_pin_faults(name, tool, settings)]
        for name, tool in settings.tools.own.items()
    }
    return {name: of_tool for name, of_tool in found.items() if of_tool}


def _faults_of(key: str, name: str, tool: ToolSettings) -> Iterator[Finding]:
    if name == LOOK_UP or name in BUILT_IN:
        yield Finding(key, "the kiosk's own tool has this name", "Give it another one")
    kinds = [one for one in _KINDS if getattr(tool, one) != getattr(_DEFAULT, one)]
    if len(kinds) != 1:
        what = f"it has {' and '.join(kinds)}" if kinds else "it says nothing of what is to be done"
        known = ", ".join(f"{one} ({told})" for one, told in _KINDS.items())
        yield Finding(key, what, f"Give it one of {known}")
    documented = False
    if tool.python:
        from kiosk.tools.python_tool import load

        try:
            documented = bool(load(tool.python).about)
        except ConfigError as error:
            remedy = "Correct the function, or take the tool away"
            yield Finding(f"{key}.python", f"{tool.python}: {error}", remedy)
    described = tool.about or documented or name in ABOUT
    if not (described or tool.mcp or tool.command):
        yield Finding(
            f"{key}.about", "the model is not told what it does",
            'Say what it does and when to call it, such as "Opens the door for a visitor."',
        )  # fmt: skip
    for one, fitting in _GOES_WITH.items():
        if kinds and not set(kinds) & set(fitting) and getattr(tool, one) != getattr(_DEFAULT, one):
            what = f"it goes with {' or '.join(fitting)} alone"
            yield Finding(f"{key}.{one}", what, "Remove it")
    yield from _argument_faults(key, tool)
    yield from _body_faults(key, tool)


def _argument_faults(key: str, tool: ToolSettings) -> Iterator[Finding]:
    for name, schema in tool.arguments.items():
        where = f"{key}.arguments.{name[:40]}"
        if not NAME.fullmatch(name):
            what = "is no name for an argument"
            yield Finding(where, what, "Write small letters, digits and _, such as room")
        remedy = 'Write a few words for the model, or { type = "INTEGER", description = "..." }'
        if isinstance(schema, str):
            continue
        try:
            argument(schema)
        except SchemaError as error:
            yield Finding(f"{where}.{error.place}".rstrip("."), error.why, remedy)
    for name in tool.optional:
        if name not in tool.arguments:
            yield Finding(f"{key}.optional", f"{name[:40]!r} is no argument of it", "Remove it")


def _body_faults(key: str, tool: ToolSettings) -> Iterator[Finding]:
    for text in texts_of(tool.body):
        for name in REFERENCE.findall(text):
            if name not in tool.arguments and not name.startswith(secrets.OF_TOOLS):
                known = ", ".join(tool.arguments) or "none"
                yield Finding(
                    f"{key}.body", f"{{{name}}} is no argument", f"The arguments are: {known}"
                )


def _pin_faults(name: str, tool: ToolSettings, settings: Settings) -> Iterator[Finding]:
    if tool.pin is None:
        return
    users = [other for other, one in settings.tools.own.items() if one.pin == tool.pin]
    others = [f"tools.{other}" for other in users if other != name]
    button, lamp = settings.button, settings.lamp
    others += ["the button"] * (button.source == "gpio" and button.pin == tool.pin)
    others += ["the lamp"] * (lamp.driver != "none" and lamp.pin == tool.pin)
    for other in others:
        what = f"GPIO {tool.pin} is that of {other} too"
        yield Finding(f"tools.{name}.pin", what, "Take another pin")
