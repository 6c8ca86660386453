"""The kiosk's own tools, which show and tell; `tools.builtin` names those that may be called."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kiosk.core.inputs import Express, HideCard, Input, ShowCard
from kiosk.display import content
from kiosk.errors import ControlError
from kiosk.tools.tool import Run, Tool, ToolError, ToolUse

SHOWN_S = 120.0
"""How long a card stands, if the visit does not end before."""
EXPRESSED_S = 8.0
_DONE = {"done": True}


class BuiltInTools:
    """See the module.

    Args:
        happen: takes what is to be shown, as an input of the core.
        expressions: reads the names that the face's pack offers; called in a thread.
        now: on the house's clock.
    """

    def __init__(
        self,
        happen: Callable[[Input], object],
        expressions: Callable[[], Sequence[str]],
        now: Callable[[], datetime],
    ) -> None:
        self._happen = happen
        self._expressions = expressions
        self._now = now

    def tools(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """Those of these names."""
        made = {
            "show_text": (
                "Shows a few words on the screen beside you: an address, a name, a price, a time.",
                self._show_text,
                _object(text="The words", title="A line above them", optional=("title",)),
            ),
            "show_list": (
                "Shows a list on the screen beside you, such as steps of a way or a programme.",
                self._show_list,
                _object(items=["One of them"], title="A line above them", optional=("title",)),
            ),
            "clear_screen": ("Takes away what you have shown.", self._clear_screen, None),
            "set_expression": (
                "Gives your face an expression for some seconds.",
                self._set_expression,
                _object(name="Such as smile"),
            ),
            "current_time": ("Tells date and time of this house.", self._current_time, None),
        }
        return tuple(self._tool(name, *made[name]) for name in names)

    @staticmethod
    def _tool(name: str, about: str, run: Run, parameters: dict[str, Any] | None) -> Tool:
        return Tool(name, about, run, parameters, acts=False)

    async def _show_text(self, args: dict[str, Any], _: ToolUse) -> dict[str, Any]:
        return self._show("text", args, ("title", "text"))

    async def _show_list(self, args: dict[str, Any], _: ToolUse) -> dict[str, Any]:
        return self._show("list", args, ("title", "items"))

    def _show(self, kind: str, args: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
        fields = {name: args[name] for name in names if name in args}
        try:
            card = content.card_of({"kind": kind, **fields})
        except ControlError as error:
            raise ToolError("bad_arguments", str(error)) from None
        self._happen(ShowCard(card, time.monotonic() + SHOWN_S, of_visit=True))
        return _DONE

    async def _clear_screen(self, _: dict[str, Any], __: ToolUse) -> dict[str, Any]:
        self._happen(HideCard())
        return _DONE

    async def _set_expression(self, args: dict[str, Any], _: ToolUse) -> dict[str, Any]:
        name, offered = str(args.get("name")), await asyncio.to_thread(self._expressions)
        if name not in offered:
            raise ToolError("bad_arguments", f"name: one of {', '.join(offered) or 'none'}")
        self._happen(Express(name, time.monotonic() + EXPRESSED_S))
        return _DONE

    async def _current_time(self, _: dict[str, Any], __: ToolUse) -> dict[str, Any]:
        now = self._now()
        return {"date": now.date().isoformat(), "weekday": f"{now:%A}", "time": f"{now:%H:%M}"}


def _object(optional: Sequence[str] = (), **told: str | list[str]) -> dict[str, Any]:
    """A schema of texts, and lists of them where the words stand in a list."""
    properties: dict[str, Any] = {
        name: {"type": "STRING", "description": about}
        if isinstance(about, str)
        else {"type": "ARRAY", "items": {"type": "STRING", "description": about[0]}}
        for name, about in told.items()
    }
    required = [name for name in properties if name not in optional]
    return {"type": "OBJECT", "properties": properties, "required": required}
