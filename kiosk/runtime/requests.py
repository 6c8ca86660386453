"""What the control socket may ask of a kiosk. All of it runs in the loop's thread."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.errors import ControlError
from kiosk.runtime import screenshots, show_requests
from kiosk.runtime.show_requests import Request, Verb
from kiosk.runtime.status import status

if TYPE_CHECKING:
    from kiosk.runtime.kiosk import Kiosk


SCREENSHOTS = "screenshots"
"""Folder of the runtime directory."""
SCREENSHOT_LIMIT_S = 5.0
AFTER_THE_ANSWER_S = 0.05
"""`quit` is answered before it is obeyed."""


def verbs(kiosk: "Kiosk") -> dict[str, Verb]:
    """The requests by name."""

    async def press(_: Request) -> dict[str, Any]:
        kiosk.edge(True, time.monotonic())
        return {}

    async def release(_: Request) -> dict[str, Any]:
        kiosk.edge(False, time.monotonic())
        return {}

    async def say(request: Request) -> dict[str, Any]:
        text = request.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ControlError('say needs a text, such as {"do": "say", "text": "Hello"}')
        if kiosk.conversation.budget.is_met:
            raise ControlError(kiosk.conversation.budget.cause)
        turn = kiosk.conversation.say(text, time.monotonic())
        kiosk.pump()
        return {"turn": turn}

    async def reset(_: Request) -> dict[str, Any]:
        kiosk.conversation.reset(time.monotonic())
        kiosk.pump()
        return {}

    async def tell_status(_: Request) -> dict[str, Any]:
        return status(kiosk)

    async def quit_(_: Request) -> dict[str, Any]:
        asyncio.get_running_loop().call_later(AFTER_THE_ANSWER_S, kiosk.stop.set)
        return {}

    folder = kiosk.runtime_dir.absolute() / SCREENSHOTS

    async def screenshot(request: Request) -> dict[str, Any]:
        file = screenshots.place(folder, request.get("path"))
        stage = kiosk.stage  # Read once: the drawing thread may clear it at any moment.
        if stage is None:
            none = kiosk.settings.display.driver == "none"
            still = "display.driver is none" if none else "it is still opening"
            trouble = kiosk.screen_trouble or still
            raise ControlError(f"there is no screen: {trouble}")
        picture = asyncio.wrap_future(stage.screenshot())
        trouble = "the screen draws nothing now"
        try:
            async with asyncio.timeout(SCREENSHOT_LIMIT_S):
                png = await picture
                trouble = f"{file} is not written yet"
                await asyncio.to_thread(screenshots.write, file, png)
        except TimeoutError:
            raise ControlError(f"{trouble}, after {SCREENSHOT_LIMIT_S:g} s") from None
        except OSError as error:
            raise ControlError(f"{file} cannot be written: {error}") from None
        return {"path": str(file)}

    return {
        "press": press,
        "release": release,
        "say": say,
        "reset": reset,
        "status": tell_status,
        "screenshot": screenshot,
        "quit": quit_,
        **show_requests.verbs(
            kiosk.showing,
            Path(kiosk.settings.screen.content),
            lambda: _expressions(kiosk),
            kiosk.pump,
        ),
    }


def _expressions(kiosk: "Kiosk") -> Sequence[str]:
    """Loaded with the first request: numpy comes with it, and the start must not wait for that."""
    from kiosk.avatar.face import pack

    return pack.expressions(kiosk.settings.avatar.pack)
