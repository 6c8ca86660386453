"""The kiosk's own tools, which show and tell; `tools.builtin` names those that may be called."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from kiosk.core.inputs import Express, HideCard, Input, ShowCard, VisitLeaves
from kiosk.core.scene import CardKind
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
        pictures: names of those that may be shown.
        now: on the house's clock.
    """

    def __init__(
        self,
        happen: Callable[[Input], object],
        expressions: Callable[[], Sequence[str]],
        pictures: Sequence[str],
        now: Callable[[], datetime],
    ) -> None:
        self._happen = happen
        self._expressions = expressions
        self._pictures = pictures
        self._now = now

    def tools(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """Those of these names; without pictures none that shows one."""
        picture = {"type": "STRING", "enum": list(self._pictures)}
        made: dict[str, tuple[str, Run, dict[str, Any] | None]] = {
            "show_text": (
                "Shows a few words on the screen beside you: an address, a name, a price, a time.",
                partial(self._show, "text"),
                _object(text=_text("The words"), title=_text("A line above them")),
            ),
            "show_list": (
                "Shows a list on the screen beside you, such as steps of a way or a programme.",
                partial(self._show, "list"),
                _object(items=_list("One of them"), title=_text("A line above them")),
            ),
            "show_image": (
                "Shows a picture on the screen beside you.",
                partial(self._show, "image"),
                _object(picture=picture, text=_text("A line below it")),
            ),
            "show_map": (
                "Shows a map or a plan on the screen beside you.",
                partial(self._show, "map"),
                _object(picture=picture, text=_text("A line below it")),
            ),
            "show_qr": (
                "Shows an address that you know as a QR code, for the visitor's telephone.",
                self._show_qr,
                _object(text=_text("A web address, or mailto: or tel:"), title=_text("Above it")),
            ),
            "clear_screen": ("Takes away what you have shown.", self._clear_screen, None),
            "set_expression": (
                "Gives your face an expression for some seconds.",
                self._set_expression,
                _object(name=_text("Such as smile")),
            ),
            "current_time": ("Tells date and time of this house.", self._current_time, None),
            "end_visit": (
                "Ends the conversation. Call it when the visitor says goodbye, then say goodbye.",
                self._end_visit,
                None,
            ),
        }
        if not self._pictures:
            del made["show_image"], made["show_map"]
        return tuple(Tool(name, *made[name], acts=False) for name in names if name in made)

    async def _show(self, kind: CardKind, args: dict[str, Any], _: ToolUse) -> dict[str, Any]:
        try:
            card = content.card_of({"kind": kind, **args})
        except ControlError as error:
            raise ToolError("bad_arguments", str(error)) from None
        if kind == "qr" and not content.code_caption(card):
            # What it holds must stand below it: nobody scans what nobody has read.
            raise ToolError("bad_arguments", "text: expected an address, such as https://a.example")
        self._happen(ShowCard(card, time.monotonic() + SHOWN_S, of_visit=True))
        return _DONE

    async def _show_qr(self, args: dict[str, Any], use: ToolUse) -> dict[str, Any]:
        # Without a caption: one of the model's would hide the address.
        return await self._show("qr", {k: args[k] for k in ("title", "text") if k in args}, use)

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

    async def _end_visit(self, _: dict[str, Any], __: ToolUse) -> dict[str, Any]:
        self._happen(VisitLeaves())
        return _DONE


def _text(about: str) -> dict[str, Any]:
    return {"type": "STRING", "description": about}


def _list(about: str) -> dict[str, Any]:
    return {"type": "ARRAY", "items": _text(about)}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    """A schema of these arguments, of which the first has to be told."""
    return {"type": "OBJECT", "properties": properties, "required": [next(iter(properties))]}
