"""What the control socket may ask of the screen: a language, a card, an expression."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from kiosk.core.overlays import Showing
from kiosk.display import content
from kiosk.display.text import strings
from kiosk.draw.image_file import ImageReader
from kiosk.errors import ControlError
from kiosk.settings.below import inside

Request = dict[str, Any]
Verb = Callable[[Request], Awaitable[dict[str, Any]]]

CARD_S = 60.0
"""How long a card stands where the request gives no `seconds`."""
EXPRESSION_S = 5.0
"""How long an expression stands where the request gives no `seconds`."""
LONGEST_S = 86_400.0


def verbs(
    showing: Showing,
    folder: Path,
    expressions: Callable[[], Sequence[str]],
    pump: Callable[[], None],
) -> dict[str, Verb]:
    """The requests by name.

    Args:
        showing: what is asked for.
        folder: of the pictures.
        expressions: reads the names that the face's pack offers.
        pump: called when that has changed.
    """

    async def expression(request: Request) -> dict[str, Any]:
        name = request.get("name", "")
        if not isinstance(name, str) or not re.fullmatch(r"([a-z][a-z0-9-]{0,31})?", name):
            raise ControlError('expression needs a name, such as "smile"; "" ends it')
        if name and name not in (offered := await asyncio.to_thread(expressions)):
            raise ControlError(
                f"the face's pack has no expression {name!r}; it has {', '.join(offered) or 'none'}"
            )
        showing.express(name, time.monotonic() + _seconds(request, EXPRESSION_S))
        pump()
        return {}

    async def language(request: Request) -> dict[str, Any]:
        tag = request.get("language")
        if not isinstance(tag, str) or strings.primary(tag) not in strings.languages():
            known = ", ".join(strings.languages())
            told = f'unknown language "{tag}"' if isinstance(tag, str) else "no language given"
            raise ControlError(f"{told}; use one of {known}")
        await asyncio.to_thread(strings.strings, tag)  # Read here, not by the drawing thread.
        showing.language = tag
        pump()
        return {}

    async def show(request: Request) -> dict[str, Any]:
        seconds = _seconds(request, CARD_S)
        card = content.card_of({k: v for k, v in request.items() if k not in ("do", "seconds")})
        if card.picture:
            await asyncio.to_thread(_look_for, folder, card.picture)
        showing.show(card, time.monotonic() + seconds)
        pump()
        return {}

    async def hide(_: Request) -> dict[str, Any]:
        showing.hide()
        pump()
        return {}

    return {"expression": expression, "language": language, "show": show, "hide": hide}


def _seconds(request: Request, default_s: float) -> float:
    """For how long something is to be shown."""
    seconds = request.get("seconds", default_s)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ControlError('"seconds" is a number, such as 20')
    if not 0 < seconds <= LONGEST_S:
        raise ControlError(f'"seconds" is more than 0 and at most {LONGEST_S:g}')
    return float(seconds)


def _look_for(folder: Path, name: str) -> None:
    """Tell at once what the screen could only show a sign for."""
    try:
        with ImageReader() as reader:
            reader.check(inside(folder, name))
    except (OSError, ValueError) as error:
        raise ControlError(str(error)) from None
