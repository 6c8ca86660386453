"""What a visitor holds: where edges come from.

Every source calls `on_edge(pressed, at_s)` with the monotonic time of the edge, from whatever
thread, and strictly in turn: press, release, press. The keyboard is not here: its edges come from
the window.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kiosk.settings import ButtonSettings

OnEdge = Callable[[bool, float], None]
"""(pressed, `time.monotonic()` of the edge in seconds). May be called from any thread."""
MicrophoneTime = Callable[[float], float | None]
"""From seconds since the microphone's first sample to monotonic time; None while unknown."""


class ButtonSource(Protocol):
    """A button. `start` may be called from any thread, and raises `DeviceError`."""

    @property
    def trouble(self) -> str:
        """What is wrong with the button now, for staff; empty while it works."""
        ...

    def start(self, on_edge: OnEdge) -> None: ...

    def close(self) -> None: ...


def open_button(settings: ButtonSettings, microphone_time: MicrophoneTime) -> ButtonSource | None:
    """Make the source of the settings; None where edges come from elsewhere (keyboard, none).

    Touches no pin yet: `start` does. Raises `ConfigError` for a script that cannot be used.
    `microphone_time` is called on the running loop's thread.
    """
    kind, _, path = settings.source.partition(":")
    if kind == "gpio":
        from kiosk.controls.gpio_button import GpioButton

        return GpioButton(settings)
    if kind == "script":
        from kiosk.controls.script_button import ScriptButton

        return ScriptButton(Path(path), microphone_time)
    return None
