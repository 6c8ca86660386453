"""Takes the pictures that the core wants, in a thread beside, and tells it."""

import asyncio
import logging
from collections.abc import Callable

from kiosk.camera.picture_source import PictureSource
from kiosk.core.inputs import Input, PictureTaken
from kiosk.core.step import Outputs
from kiosk.errors import DeviceError
from kiosk.settings.camera import CameraSettings

log = logging.getLogger("kiosk.camera")


class CameraWatch:
    """See the module. One picture at a time; it belongs to the loop's thread.

    Args:
        camera: the `[camera]` settings.
        post: takes what has happened.
    """

    def __init__(self, camera: CameraSettings, post: Callable[[Input], None]) -> None:
        self._source = PictureSource(camera.source) if camera.source != "none" else None
        self._post = post
        self._work: asyncio.Task[None] | None = None
        self._is_open = False
        self._trouble = ""

    def obey(self, outputs: Outputs) -> None:
        """Take a picture where one is wanted; let go of the camera where none will be soon."""
        if self._source is None or (self._work is not None and not self._work.done()):
            return
        if outputs.look:
            self._is_open = True
            self._work = asyncio.create_task(self._take(self._source, outputs.look))
        elif self._is_open and not outputs.scene.seeing:
            self._is_open = False
            self._work = asyncio.create_task(asyncio.to_thread(self._source.close))

    async def _take(self, source: PictureSource, utterance: int) -> None:
        try:
            picture = await asyncio.to_thread(source.take)
        except DeviceError as error:
            if str(error) != self._trouble:
                log.warning("%s", error)
            self._trouble = str(error)
            return
        self._trouble = ""
        self._post(PictureTaken(utterance, picture))
