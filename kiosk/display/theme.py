"""How the screen looks: daylight above, a dark panel below, one accent for each state; and what a
house changes of it.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.scene import State
from kiosk.settings.types import ScreenSettings, ThemeSettings

log = logging.getLogger("kiosk.screen")

Colour = tuple[int, int, int]

MIN_CONTRAST = 4.5
"""Of words. Source: WCAG 2.2, 1.4.3 (AA)."""
MIN_SIGN_CONTRAST = 3.0
"""Of signs and of what is written large. Source: WCAG 2.2, 1.4.11 and 1.4.3."""

# Fixed colours: red, green and blue, 0 to 255.
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
    ai_notice: bool = True
    """Whether it is written that visitors talk with an AI."""
    kept_days: int = 0
    """For how long is kept what they say, as is written too; 0: nothing is."""
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


def contrast(one: Colour, other: Colour) -> float:
    """Of two colours, 1 to 21. Source: WCAG 2.2, relative luminance."""

    def light(colour: Colour) -> float:
        parts = [value / 255 for value in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    return max(light(one), light(other)) / min(light(one), light(other))


def on_paper(colour: Colour, least: float = MIN_SIGN_CONTRAST) -> Colour:
    """The colour with as much ink in it as it needs to be seen on paper."""
    for ink in range(11):
        red, green, blue = (c + (i - c) * ink // 10 for c, i in zip(colour, INK, strict=True))
        if contrast((red, green, blue), PAPER) >= least:
            break
    return red, green, blue


def look(screen: ScreenSettings, theme: ThemeSettings, kept_days: int = 0) -> Look:
    """What the settings say; an empty colour is the default one.

    Args:
        screen: `[screen]`.
        theme: `[theme]`.
        kept_days: for how long is kept what visitors say; 0: nothing is.
    """
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
        ai_notice=not screen.without_ai_notice,
        kept_days=kept_days,
        quiet=screen.quiet,
    )
    if screen.high_contrast:
        return made.contrasting()
    for name, least in (
        ("text", MIN_CONTRAST),
        ("muted", MIN_CONTRAST),
        ("accent", MIN_SIGN_CONTRAST),
    ):
        worst = min(
            contrast(getattr(made, name), panel) for panel in (made.desk_top, made.desk_bottom)
        )
        if worst < least:
            log.warning(
                "theme.%s is hard to read on its panel: contrast %.1f to 1, wanted %.1f",
                name, worst, least,
            )  # fmt: skip
    return made


def _colour(written: str) -> Colour:
    red, green, blue = bytes.fromhex(written.removeprefix("#"))
    return red, green, blue


def html(colour: Colour) -> str:
    """The colour as SVG writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
