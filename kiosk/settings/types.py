"""The settings of a kiosk, as frozen structs: what `config.py` makes of the TOML layers.

A leaf, so that every room may import its own struct from here. The defaults are not written here
but in `config/kiosk.toml`, once, beside their explanation. Units are in the names or the
docstrings.
"""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

_OCTET = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_LOOPBACK = re.compile(rf"localhost|::1|127(\.{_OCTET}){{3}}", re.ASCII | re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Tell whether `host` can only be this machine, without asking a name server."""
    return _LOOPBACK.fullmatch(host) is not None


class LiveSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[live]`: the service that listens, thinks and speaks."""

    api: Literal["developer", "vertex"]
    """Which of Google's two doors: the Gemini Developer API or Vertex AI."""
    endpoint: str
    """Base URL such as `ws://127.0.0.1:8765`; empty for Google's own."""
    model: str
    """Model id without prefix, such as `gemini-3.8-live`."""
    voice: str
    """Prebuilt voice name."""
    language: str
    """BCP-47 tag of the conversation, such as `en-US`."""
    instructions: str
    """System instruction: who the host is and what it knows."""
    thinking: str
    """How much the model thinks before it answers: empty for its own way, a level such as `low`, or
    a budget of tokens; which of them, the model decides (`kiosk.settings.thinking`).
    """
    project: str
    """Google Cloud project (Vertex only)."""
    location: str
    """Google Cloud location (Vertex only)."""
    give_up_s: Annotated[float, Meta(ge=1, le=600)]
    """Seconds after which undelivered speech is discarded."""
    ask_again: bool
    """Whether an answer that was hardly heard, or that never came, is asked for again."""


class VisitSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[visit]`: from the first press until the kiosk forgets."""

    end_after_s: Annotated[float, Meta(ge=1, le=3600)]
    """Seconds of nobody pressing and nothing playing after which the visit is wiped."""
    daily_turns: Annotated[int, Meta(ge=0, le=100_000)]
    """Most questions a day; 0: no bound."""


class AudioSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[audio]`: microphone and speaker."""

    input: str
    """`default`, a device name, or `file:PATH.wav` (with `?loop=1` to start again at the end)."""
    output: str
    """`default`, a device name, `file:PATH.wav` (records), or `null`."""
    volume: Annotated[float, Meta(ge=0, le=1)]
    """Factor on the reply's samples, 0 to 1."""


class ButtonSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[button]`: what a visitor holds while speaking."""

    source: str
    """`gpio`, `keyboard`, `script:PATH` or `none`."""
    pin: Annotated[int, Meta(ge=0, le=27)]
    """BCM number of the button's pin."""
    pull: Literal["up", "down"]
    """Which way the pin is pulled; with `up` the button connects it to ground."""
    bounce_ms: Annotated[int, Meta(ge=0, le=500)]
    """Milliseconds for which a change is ignored after an edge."""
    pre_roll_ms: Annotated[int, Meta(ge=0, le=2000)]
    """Milliseconds of sound kept from before the press."""
    tail_ms: Annotated[int, Meta(ge=0, le=2000)]
    """Milliseconds of sound sent after the release."""
    min_hold_ms: Annotated[int, Meta(ge=0, le=2000)]
    """A shorter press sends nothing."""
    max_hold_s: Annotated[float, Meta(ge=1, le=600)]
    """A longer press ends the turn: the button is stuck."""


class LampSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[lamp]`: the light in or beside the button."""

    driver: Literal["none", "led", "pwm"]
    """`none`, `led` (on and off) or `pwm` (dimmable)."""
    pin: Annotated[int, Meta(ge=0, le=27)]
    """BCM number of the lamp's pin."""


class DisplaySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[display]`: the screen."""

    driver: str
    """`auto`, `none`, or an SDL video driver such as `kmsdrm`, `x11`, `wayland`, `dummy`."""
    size: tuple[int, int] | None
    """Width and height in pixels; None is the screen's own."""
    fullscreen: bool
    """Whether the whole screen is taken."""
    rotation: Literal[0, 90, 180, 270]
    """Degrees clockwise by which the picture is turned."""
    stage: Literal["auto", "surface", "texture"]
    """Who brings changed rectangles to the screen: the processor, the GPU, or whoever is faster."""


class ScreenSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[screen]`: what is written and shown beside the avatar."""

    language: str
    """BCP-47 tag of the screen's own words; empty: the conversation's."""
    large_type: bool
    high_contrast: bool
    content: str
    """Folder with the pictures that may be shown, and `attract.toml`."""
    attract_s: Annotated[float, Meta(ge=3, le=3600)]
    """Seconds for each card of the attract screen."""
    countdown_s: Annotated[float, Meta(ge=0, le=60)]
    """Seconds for which the end of a visit is counted down."""
    quiet_hours: str
    """Such as `22:00-07:00`, local time; empty: none."""
    quiet: Literal["dim", "black"]
    """The screen in quiet hours while nobody is here."""


class ThemeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[theme]`: a house's own colours and pictures. Empty: the default."""

    sky_top: str
    sky_bottom: str
    desk_top: str
    desk_bottom: str
    text: str
    muted: str
    accent: str
    font: str
    """File of a TrueType or OpenType font."""
    font_bold: str
    logo: str
    """File below `screen.content`."""
    background: str
    """File below `screen.content`."""


class CloudSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar.cloud]`: when an avatar that costs money by the minute is there."""

    present_s: Annotated[float, Meta(ge=5, le=3600)]
    """Seconds after the last sign of a visitor for which its session is kept."""
    always_on: bool
    """Whether it is there without a visitor too, within `hours`."""
    hours: str
    """Opening hours, such as `09:00-17:30`, local time; empty: all day."""
    daily_minutes: Annotated[int, Meta(ge=0, le=1440)]
    """Most minutes of session a day; 0: no bound."""


class HeygenSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar.heygen]`: HeyGen's Streaming Avatar."""

    base_url: str
    """Base URL of the REST API; empty for HeyGen's own."""
    avatar: str
    """Name of the avatar (`avatar_name`)."""
    quality: Literal["low", "medium", "high"]
    language: str
    """Of HeyGen's own voice, where it speaks by text."""
    voice: str
    """Voice id, where it speaks by text; empty: the avatar's own."""
    activity_idle_timeout_s: Annotated[int, Meta(ge=30, le=3600)]
    """Seconds without a sign of life after which HeyGen ends the session."""


class LiveavatarSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar.liveavatar]`: HeyGen's LiveAvatar, LITE mode."""

    base_url: str
    """Base URL of the REST API; empty for LiveAvatar's own."""
    avatar_id: str
    """The avatar's UUID."""
    quality: Literal["low", "medium", "high", "very_high"]


class AvatarimSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar.avatarim]`: Alibaba Cloud's AvatarIM."""

    mode: Literal["voice-of-gemini", "visitors-voice"]
    url: str
    """Base URL of the IM socket; empty for Alibaba Cloud's own."""
    app_id: str
    tenant_id: str
    session_id: str
    """Of an instance that somebody else started; empty: one is started by the control API."""
    video_url: str
    """Where its picture is: `rtmp://`, `http(s)://….flv`, `….m3u8`, `listen:rtmp://…`, or
    `external:/path/of/a/program`.
    """
    push_url: str
    """Where Alibaba Cloud pushes the picture of an instance that we start; empty: `video_url`."""
    control_url: str
    """Base URL of the control API; empty for Alibaba Cloud's own."""


class AvatarSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar]`: who talks."""

    driver: Literal["face", "heygen", "liveavatar", "avatarim"]
    """`face`: our own, drawn on the board; the others run in a cloud, and ours takes over
    where they fail.
    """
    pack: str
    """Name of the face's pack, or the path of its folder (it has a slash)."""
    cloud: CloudSettings
    heygen: HeygenSettings
    liveavatar: LiveavatarSettings
    avatarim: AvatarimSettings


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[log]`: what is written to the journal."""

    level: Literal["debug", "info", "warning", "error"]
    """The least level that is logged."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a kiosk is told. One field a table of `config/kiosk.toml`."""

    live: LiveSettings
    visit: VisitSettings
    audio: AudioSettings
    button: ButtonSettings
    lamp: LampSettings
    display: DisplaySettings
    screen: ScreenSettings
    theme: ThemeSettings
    avatar: AvatarSettings
    log: LogSettings
