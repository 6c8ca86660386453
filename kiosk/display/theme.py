"""How the screen looks: daylight above, a dark desk below, one accent for each state; and what a
house changes of it.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.scene import State
from kiosk.settings import ScreenSettings, ThemeSettings

Colour = tuple[int, int, int]

HALO: Colour = (255, 250, 240)
INK: Colour = (30, 42, 66)
PAPER: Colour = (255, 252, 247)
TEAL: Colour = (64, 199, 178)
VIOLET: Colour = (158, 140, 245)
BLUE: Colour = (92, 168, 255)
AMBER: Colour = (255, 184, 77)
RED: Colour = (242, 92, 92)

_ACCENT: Mapping[State, Colour] = MappingProxyType(
    {
        State.LISTENING: TEAL,
        State.THINKING: VIOLET,
        State.SPEAKING: BLUE,
        State.RECONNECTING: AMBER,
        State.OFFLINE: AMBER,
        State.MICROPHONE_MISSING: AMBER,
        State.OUT_OF_ORDER: RED,
    }
)


class Look(Struct, frozen=True):
    """Colours, type and a house's own pictures."""

    sky_top: Colour = (196, 224, 229)
    sky_bottom: Colour = (250, 226, 205)
    desk_top: Colour = (31, 45, 70)
    desk_bottom: Colour = (19, 28, 46)
    text: Colour = (255, 255, 255)
    muted: Colour = (160, 176, 204)
    """Words that matter less."""
    accent: Colour = (255, 128, 102)
    """The invitation's colour."""
    font: str = ""
    """File of the regular font; empty: the best that the system has."""
    font_bold: str = ""
    logo: str = ""
    """Picture in the upper corner, below `content`."""
    background: str = ""
    """Picture behind the avatar, below `content`; empty: daylight."""
    content: Path = Path("/etc/kiosk/content")
    """The only folder from which pictures are shown."""
    large_type: bool = False
    high_contrast: bool = False
    quiet: Literal["dim", "black"] = "dim"
    """The screen in quiet hours."""

    def of(self, state: State) -> Colour:
        """The accent of a state."""
        if state is State.ATTRACT:
            return self.accent
        return _ACCENT.get(state, self.muted)

    def contrasting(self) -> "Look":
        """The same for eyes that need more contrast: white on black, no picture behind."""
        return replace(
            self,
            sky_top=(236, 240, 242),
            sky_bottom=(236, 240, 242),
            desk_top=(0, 0, 0),
            desk_bottom=(0, 0, 0),
            text=(255, 255, 255),
            muted=(226, 232, 240),
            background="",
            high_contrast=True,
        )


def look(screen: ScreenSettings, theme: ThemeSettings) -> Look:
    """What the settings say; an empty colour is the default one."""
    colours = {
        name: _colour(getattr(theme, name))
        for name in ("sky_top", "sky_bottom", "desk_top", "desk_bottom", "text", "muted", "accent")
        if getattr(theme, name)
    }
    made = replace(
        Look(),
        **colours,
        font=theme.font,
        font_bold=theme.font_bold or theme.font,
        logo=theme.logo,
        background=theme.background,
        content=Path(screen.content),
        large_type=screen.large_type,
        quiet=screen.quiet,
    )
    return made.contrasting() if screen.high_contrast else made


def _colour(written: str) -> Colour:
    red, green, blue = bytes.fromhex(written.removeprefix("#"))
    return red, green, blue


def html(colour: Colour) -> str:
    """The colour as SVG writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
