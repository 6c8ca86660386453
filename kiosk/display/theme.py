"""Colours of the screen: daylight above, a dark desk below, one accent for each state."""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.core.scene import State

Colour = tuple[int, int, int]

SKY_TOP: Colour = (196, 224, 229)
SKY_BOTTOM: Colour = (250, 226, 205)
HALO: Colour = (255, 250, 240)
DESK_TOP: Colour = (31, 45, 70)
DESK_BOTTOM: Colour = (19, 28, 46)

INK: Colour = (30, 42, 66)
PAPER: Colour = (255, 252, 247)
WHITE: Colour = (255, 255, 255)
MUTED: Colour = (160, 176, 204)
CORAL: Colour = (255, 128, 102)
TEAL: Colour = (64, 199, 178)
VIOLET: Colour = (158, 140, 245)
BLUE: Colour = (92, 168, 255)
AMBER: Colour = (255, 184, 77)
RED: Colour = (242, 92, 92)

ACCENT: Mapping[State, Colour] = MappingProxyType(
    {
        State.STARTING: MUTED,
        State.ATTRACT: CORAL,
        State.LISTENING: TEAL,
        State.THINKING: VIOLET,
        State.SPEAKING: BLUE,
        State.RECONNECTING: AMBER,
        State.OFFLINE: AMBER,
        State.MICROPHONE_MISSING: AMBER,
        State.OUT_OF_ORDER: RED,
    }
)


def html(colour: Colour) -> str:
    """The colour as SVG writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
