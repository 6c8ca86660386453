"""Tools of the configuration: `[tools.NAME]`, an output of the board or a webhook."""

import logging
import time
from collections.abc import Callable
from typing import Any

from kiosk.core.inputs import Input, ShowCard
from kiosk.core.scene import Card
from kiosk.settings.tool_settings import ToolSettings
from kiosk.settings.types import Settings
from kiosk.tools.json_schema import argument
from kiosk.tools.tool import Run, Tool, ToolUse
from kiosk.tools.tool_faults import ABOUT, faults

log = logging.getLogger("kiosk.tools")

SHOWN_S = 20.0
"""How long the screen tells that it was done."""


class ConfiguredTools:
    """See the module. Everything belongs to the loop's thread.

    Args:
        settings: of the kiosk. A faulty tool is left out, and the journal says why.
        happen: takes what is to be shown, as an input of the core.
    """

    def __init__(self, settings: Settings, happen: Callable[[Input], object]) -> None:
        self._happen = happen
        self._outputs: list[Any] = []
        faulty = faults(settings)
        for name, found in faulty.items():
            log.error("left out tools.%s: %s", name, "; ".join(one.line() for one in found))
        self.tools = tuple(
            self._tool(name, one)
            for name, one in settings.tools.own.items()
            if name not in faulty and not (one.mcp or one.command)
        )
        """Those that can be called."""

    async def open(self) -> None:
        """Take the pins of the outputs."""
        for output in self._outputs:
            await output.open()

    def close(self) -> None:
        """Switch the outputs off, and give their pins back."""
        for output in self._outputs:
            output.close()

    def _tool(self, name: str, settings: ToolSettings) -> Tool:
        parameters = parameters_of(settings)
        about = settings.about or ABOUT.get(name, "")
        if settings.pin is not None:
            from kiosk.tools.board_output import SWITCH, BoardOutput

            output = BoardOutput(name, settings.pin, settings)
            self._outputs.append(output)
            run: Run = output.run
            kind = "output"
            parameters = None if settings.pulse_ms else SWITCH
        elif settings.python:
            from kiosk.tools.python_tool import load

            loaded = load(settings.python)
            run, kind, parameters = loaded.run, "Python", loaded.parameters
            about = about or loaded.about
        else:
            from kiosk.tools.webhook import Webhook

            run, kind = Webhook(settings).run, "webhook"

        async def run_and_show(args: dict[str, Any], use: ToolUse) -> dict[str, Any]:
            result = await run(args, use)
            if settings.show:
                card = Card("text", text=settings.show)
                self._happen(ShowCard(card, time.monotonic() + SHOWN_S, of_visit=True))
            return result

        acts = settings.method != "GET"
        timeout_s, answer = settings.timeout_s, settings.answer
        return Tool(name, about, run_and_show, parameters, timeout_s, acts, kind, answer)


def parameters_of(settings: ToolSettings) -> dict[str, Any] | None:
    """The schema of a tool's arguments; None where it takes none.

    Raises:
        SchemaError: the service would not take it.
    """
    if not settings.arguments:
        return None
    properties = {
        name: {"type": "STRING", "description": told} if isinstance(told, str) else argument(told)
        for name, told in settings.arguments.items()
    }
    required = [name for name in properties if name not in settings.optional]
    schema: dict[str, Any] = {"type": "OBJECT", "properties": properties}
    return schema | ({"required": required} if required else {})
