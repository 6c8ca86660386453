"""What the control socket may ask of the screen: a language, a card, an expression."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from kiosk.controls import verbs
from kiosk.controls.verbs import Answer, RequestHandler
from kiosk.core.inputs import Express, HideCard, Input, ShowCard, SpeakLanguage
from kiosk.display import content
from kiosk.display.text import strings
from kiosk.draw.image_file import ImageReader
from kiosk.errors import ControlError
from kiosk.settings.below import inside


class ShowRequests:
    """Answers the requests that are about the screen.

    Args:
        folder: of the pictures.
        expressions: reads the names that the face's pack offers; called in a thread.
        happen: takes what is asked for, as an input of the core.
    """

    def __init__(
        self,
        folder: Path,
        expressions: Callable[[], Sequence[str]],
        happen: Callable[[Input], object],
    ) -> None:
        self._folder = folder
        self._expressions = expressions
        self._happen = happen

    def handlers(self) -> dict[type[verbs.ControlRequest], RequestHandler]:
        """Who answers which request."""
        return {
            verbs.LanguageRequest: self._language,
            verbs.ShowRequest: self._show,
            verbs.HideRequest: self._hide,
            verbs.ExpressionRequest: self._expression,
        }

    async def _language(self, request: verbs.LanguageRequest) -> Answer:
        tag = request.language
        if strings.primary(tag) not in strings.languages():
            known = ", ".join(strings.languages())
            raise ControlError(f'unknown language "{tag}"; use one of {known}')
        await asyncio.to_thread(strings.strings, tag)  # Read here, not by the drawing thread.
        self._happen(SpeakLanguage(tag))
        return {}

    async def _show(self, request: verbs.ShowRequest) -> Answer:
        fields = msgspec.structs.asdict(request)
        seconds = fields.pop("seconds")
        card = content.card_of(fields)
        if card.picture:
            await asyncio.to_thread(_check_picture, self._folder, card.picture)
        self._happen(ShowCard(card, time.monotonic() + seconds))
        return {}

    async def _hide(self, _: verbs.HideRequest) -> Answer:
        self._happen(HideCard())
        return {}

    async def _expression(self, request: verbs.ExpressionRequest) -> Answer:
        name = request.name
        if name and name not in (offered := await asyncio.to_thread(self._expressions)):
            raise ControlError(
                f"the face's pack has no expression {name!r}; it has {', '.join(offered) or 'none'}"
            )
        self._happen(Express(name, time.monotonic() + request.seconds))
        return {}


def _check_picture(folder: Path, name: str) -> None:
    """Tell at once what the screen could only show a sign for.

    Raises:
        ControlError: there is no such picture in the folder, or it cannot be shown.
    """
    try:
        with ImageReader() as reader:
            reader.check(inside(folder, name))
    except (OSError, ValueError) as error:
        raise ControlError(str(error)) from None
