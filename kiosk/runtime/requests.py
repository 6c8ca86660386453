"""What the control socket may ask of a kiosk. All of it runs in the loop's thread."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.controls import verbs
from kiosk.controls.verbs import Answer, RequestHandler
from kiosk.core.inputs import Typed, VisitEnded
from kiosk.errors import ControlError
from kiosk.runtime import screenshots
from kiosk.runtime.make_tools import expressions_of
from kiosk.runtime.show_requests import ShowRequests
from kiosk.service.status import status

if TYPE_CHECKING:
    from kiosk.runtime.kiosk import Kiosk


SCREENSHOTS = "screenshots"
"""Folder of the runtime directory."""
SCREENSHOT_TIMEOUT_S = 5.0
"""For the next frame and its writing, on a board that is busy."""
QUIT_DELAY_S = 0.05
"""`quit` is answered before it is obeyed."""


class Requests:
    """Answers the requests that are about the kiosk as a whole."""

    def __init__(self, kiosk: "Kiosk") -> None:
        self._kiosk = kiosk

    def handlers(self) -> dict[type[verbs.ControlRequest], RequestHandler]:
        """Who answers which request."""
        kiosk = self._kiosk
        screen = ShowRequests(
            Path(kiosk.settings.screen.content), self._expressions, kiosk.run_step
        )
        return {
            verbs.PressRequest: self._press,
            verbs.ReleaseRequest: self._release,
            verbs.StatusRequest: self._status,
            verbs.SayRequest: self._say,
            verbs.ResetRequest: self._reset,
            verbs.ScreenshotRequest: self._screenshot,
            **screen.handlers(),
            verbs.QuitRequest: self._quit,
        }

    async def _press(self, _: verbs.PressRequest) -> Answer:
        self._kiosk.edge(True, time.monotonic())
        return {}

    async def _release(self, _: verbs.ReleaseRequest) -> Answer:
        self._kiosk.edge(False, time.monotonic())
        return {}

    async def _status(self, _: verbs.StatusRequest) -> Answer:
        return status(self._kiosk.view())

    async def _say(self, request: verbs.SayRequest) -> Answer:
        kiosk = self._kiosk
        if cause := kiosk.core.view().limit_cause:
            raise ControlError(cause)
        kiosk.run_step(Typed(request.text))
        return {"turn": kiosk.core.view().turns[-1].id}

    async def _reset(self, _: verbs.ResetRequest) -> Answer:
        self._kiosk.run_step(VisitEnded())
        return {}

    async def _screenshot(self, request: verbs.ScreenshotRequest) -> Answer:
        kiosk = self._kiosk
        file = screenshots.place(kiosk.runtime_dir.absolute() / SCREENSHOTS, request.path)
        stage = kiosk.drawing.stage  # Read once: the drawing thread may clear it at any moment.
        if stage is None:
            none = kiosk.settings.display.driver == "none"
            still = "display.driver is none" if none else "it is still opening"
            raise ControlError(f"there is no screen: {kiosk.drawing.trouble or still}")
        picture = asyncio.wrap_future(stage.screenshot())
        trouble = "the screen draws nothing now"
        try:
            async with asyncio.timeout(SCREENSHOT_TIMEOUT_S):
                png = await picture
                trouble = f"{file} is not written yet"
                await asyncio.to_thread(screenshots.write, file, png)
        except TimeoutError:
            raise ControlError(f"{trouble}, after {SCREENSHOT_TIMEOUT_S:g} s") from None
        except OSError as error:
            raise ControlError(f"{file} cannot be written: {error}") from None
        return {"path": str(file)}

    async def _quit(self, _: verbs.QuitRequest) -> Answer:
        asyncio.get_running_loop().call_later(QUIT_DELAY_S, self._kiosk.stop.set)
        return {}

    def _expressions(self) -> tuple[str, ...]:
        """Names that the face's pack offers."""
        return expressions_of(self._kiosk.settings.avatar.pack)
