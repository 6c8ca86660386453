"""The visitor's button, as the kiosk sees it: a source of edges.

Every source calls `on_edge(pressed, at_s)` with the monotonic time of the edge, from whatever
thread, and strictly in turn: press, release, press. The keyboard is not here, because its edges
come from the window.
"""

from collections.abc import Callable
from typing import Protocol

OnEdge = Callable[[bool, float], None]
"""(pressed, `time.monotonic()` of the edge in seconds). May be called from any thread."""
MicrophoneTime = Callable[[float], float | None]
"""From seconds since the microphone's first sample to monotonic time; None while unknown."""


class ButtonSource(Protocol):
    """A source of edges. `start` may be called from any thread; what is missing is in `trouble`."""

    @property
    def trouble(self) -> str:
        """What is wrong with the button now, with the remedy, for staff; empty while it works."""
        ...

    @property
    def cause(self) -> str:
        """The same in a few words, for the screen."""
        ...

    def start(self, on_edge: OnEdge) -> None: ...

    def close(self) -> None: ...
