"""A button pressed by a script, in the microphone's time: it makes tests and demos repeatable.

One JSON object a line; empty lines and lines that begin with `#` are passed over:

    {"at_s": 1.5, "do": "press"}
    {"at_s": 3.2, "do": "release"}

`at_s` is in seconds since the microphone's first sample, so that with a `file:` input an edge falls
on the same sample in every run, however long the start took.
"""

import asyncio
import logging
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from kiosk.controls.button import MicrophoneTime, OnEdge
from kiosk.core.scene import BUTTON_CODE
from kiosk.errors import ConfigError
from kiosk.settings.textfile import read_text

log = logging.getLogger(__name__)

POLL_INTERVAL_S = 0.05
"""How often the microphone's clock is asked while there is no first sample yet."""
MAX_FILE_BYTES = 1 << 20
"""Of a script: tens of thousands of edges."""
MAX_SLEEP_S = 1.0
"""The sound card's clock drifts from the computer's: the time of a far edge is computed anew."""


class ScriptedEdge(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the script."""

    at_s: Annotated[float, Meta(ge=0, le=1e6)]
    """Seconds since the microphone's first sample."""
    do: Literal["press", "release"]


class ScriptButton:
    """Plays a script once. Belongs to the loop that runs where it is made.

    With a script that cannot be used the button has a `trouble`, and the kiosk goes on.
    """

    def __init__(self, path: Path, microphone_time: MicrophoneTime) -> None:
        self.trouble = self.cause = ""
        self._events: list[ScriptedEdge] = []
        try:
            self._events = read_script(path)
        except ConfigError as error:
            self.trouble, self.cause = str(error), f"{path} cannot be used"
            log.error("%s: no button: %s", BUTTON_CODE, error)  # noqa: TRY400 - said to a person
        self._microphone_time = microphone_time
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0
        self._closed = False

    def start(self, on_edge: OnEdge) -> None:
        """Begin to play."""
        self._on_edge = on_edge
        self._loop.call_soon_threadsafe(self._play)

    def close(self) -> None:
        """Stop playing."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _play(self) -> None:
        """Report all edges that are due, and wait for the next."""
        while self._next < len(self._events) and not self._closed:
            event = self._events[self._next]
            due_s = self._microphone_time(event.at_s)
            wait_s = POLL_INTERVAL_S if due_s is None else due_s - self._loop.time()
            if due_s is None or wait_s > 0:
                self._timer = self._loop.call_later(min(wait_s, MAX_SLEEP_S), self._play)
                return
            self._next += 1
            self._on_edge(event.do == "press", due_s)


def read_script(path: Path) -> list[ScriptedEdge]:
    """Read a script.

    Raises:
        ConfigError: names file and line.
    """
    lines = read_text(path, MAX_FILE_BYTES).splitlines()
    events: list[ScriptedEdge] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        events.append(_edge(f"{path}, line {number}", line, events[-1] if events else None))
    return events


def _edge(where: str, line: str, before: ScriptedEdge | None) -> ScriptedEdge:
    try:
        event = msgspec.json.decode(line, type=ScriptedEdge)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigError(
            f'{where}: {error}. A line looks like {{"at_s": 1.5, "do": "press"}}'
        ) from error
    if event.do == (before.do if before else "release"):
        raise ConfigError(
            f"{where}: {event.do} follows {before.do if before else 'nothing'}; press and release"
            " take turns, beginning with press"
        )
    if before and event.at_s < before.at_s:
        raise ConfigError(
            f"{where}: at_s = {event.at_s:g} is before {before.at_s:g} of the line above;"
            " put the lines in order"
        )
    return event
