"""Where the button's edges come from, by the settings."""

from pathlib import Path

from kiosk.controls.button import ButtonSource, MicrophoneTime
from kiosk.settings.types import ButtonSettings


def open_button(settings: ButtonSettings, microphone_time: MicrophoneTime) -> ButtonSource | None:
    """Make the source of the settings; None where edges come from elsewhere (keyboard, none).

    Touches no pin yet: `start` does. `microphone_time` is called on the running loop's thread.
    """
    kind, _, path = settings.source.partition(":")
    if kind == "gpio":
        from kiosk.controls.gpio_button import GpioButton

        return GpioButton(settings)
    if kind == "script":
        from kiosk.controls.script_button import ScriptButton

        return ScriptButton(Path(path), microphone_time)
    return None
