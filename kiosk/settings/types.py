"""The settings of a kiosk, as frozen structs; `kiosk.settings.layers` makes them of TOML files.

What each key may hold (type, bounds, pattern, and the words that say so to a person) stands here
and nowhere else. The defaults are in `config/kiosk.toml`, once, beside their explanation. Units are
in the names or the docstrings.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from kiosk.settings import checks, opening_hours, urls
from kiosk.settings.camera import CameraSettings
from kiosk.settings.live_tuning import TAG, TuningSettings
from kiosk.settings.privacy_settings import PrivacySettings
from kiosk.settings.talk import TalkSettings
from kiosk.settings.tool_settings import ToolsSettings
from kiosk.settings.visit_settings import VisitSettings


def _text(pattern: str, description: str) -> Meta:
    """Text that `pattern` matches as a whole; `description` says what is expected."""
    return Meta(pattern=rf"\A(?:{pattern})\Z", description=description)


_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_HOURS = f"({_TIME}-{_TIME})?"
"""A range of local time; it may go over midnight."""
_PATH = r"/[^\x00-\x1f]*"

Colour = Annotated[
    str, _text(r"(#[0-9A-Fa-f]{6})?", '"" for the default, or a colour such as "#1f2d46"')
]
FontFile = Annotated[
    str, _text(f"({_PATH})?", '"" for the default, or an absolute path, such as "/etc/kiosk/a.ttf"')
]
Price = Annotated[float, Meta(ge=0, le=1_000_000)]
"""An amount of `money.currency`."""
PictureFile = Annotated[str, checks.below_content]
RestUrl = Annotated[str, urls.rest]
WebsocketUrl = Annotated[str, urls.websocket]


class LiveSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[live]`: the service that listens, thinks and speaks."""

    api: Literal["developer", "vertex"]
    """Which of Google's two doors: the Gemini Developer API or Vertex AI."""
    endpoint: WebsocketUrl
    """Base URL such as `ws://127.0.0.1:8765`; empty for Google's own."""
    model: Annotated[
        str,
        _text(
            r"[A-Za-z0-9][A-Za-z0-9._-]*",
            'a model id such as "gemini-3.8-live", without "models/"',
        ),
    ]
    """Model id without prefix, such as `gemini-3.8-live`."""
    voice: Annotated[str, _text(r"[A-Za-z][A-Za-z0-9_-]*", 'the name of a voice, such as "Kore"')]
    """Prebuilt voice name."""
    language: Annotated[str, _text(TAG, 'a language tag such as "en-US" or "de"')]
    """BCP-47 tag of the conversation, such as `en-US`."""
    instructions: Annotated[
        str,
        _text(
            r"[^\x00-\x08\x0b\x0c\x0e-\x1f]{0,100000}",
            "at most 100000 characters, none of them a control character",
        ),
    ]
    """System instruction: who the host is; `{knowledge}` and the like are filled in."""
    thinking: Annotated[
        str,
        _text(
            r"(minimal|low|medium|high|xhigh|-1|\d{1,5})?",
            '"" for none, a level ("minimal", "low", "medium", "high", "xhigh") or a budget of'
            ' tokens in quotes, such as "1024"',
        ),
    ]
    """How much the model thinks before it answers: empty for its own way, a level such as `low`, or
    a budget of tokens; which of them, the model decides (`kiosk.core.capabilities`).
    """
    project: Annotated[str, _text(r"([a-z0-9][a-z0-9.:-]*)?", 'a project id such as "my-project"')]
    """Google Cloud project (Vertex only)."""
    location: Annotated[
        str, _text(r"([a-z][a-z0-9-]*)?", '"global", "us", "eu" or a region such as "us-central1"')
    ]
    """Google Cloud location (Vertex only)."""
    give_up_s: Annotated[float, Meta(ge=1, le=600)]
    """Seconds after which undelivered speech is discarded."""
    ask_again: bool
    """Whether an answer that was hardly heard, or that never came, is asked for again."""
    tuning: TuningSettings


class KnowledgeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[knowledge]`: what the host knows of its house."""

    folder: Annotated[str, _text(_PATH, 'an absolute path, such as "/etc/kiosk/knowledge"')]
    """Folder of the files."""
    place: Annotated[str, _text(r"[^\x00-\x1f]{0,500}", "at most 500 characters on one line")]
    """Where the kiosk stands, for `{place}` in the instruction."""


class HoursSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[hours]`: when the house is open, on the clock on its wall."""

    week: Annotated[tuple[str, ...], opening_hours.week]
    """Such as `Mon-Fri 09:00-18:00`; days that are not named are closed. None: always open."""
    holidays: Annotated[tuple[str, ...], opening_hours.holidays]
    """Days on which it is closed, such as `12-25 Christmas` or `2026-04-03 Good Friday`."""
    exceptions: Annotated[tuple[str, ...], opening_hours.exceptions]
    """Days with other hours, such as `2026-12-24 09:00-13:00 Christmas Eve`."""
    timezone: Annotated[str, opening_hours.zone]
    """Such as `Europe/Berlin`; empty: the board's."""


class PriceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[money.prices]`: what the house pays, where that is not the list price; 0: the list's."""

    text_in: Price
    """Of a million tokens, likewise the next four."""
    audio_in: Price
    video_in: Price
    text_out: Price
    audio_out: Price
    avatar_minute: Price
    """Of a minute of the cloud avatar's session."""


class MoneySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[money]`: what a day and a month may cost. 0: no bound."""

    currency: Annotated[str, _text(r"[^\x00-\x1f\x7f]{1,8}", 'a sign or a name, such as "US$"')]
    """How amounts are labelled. Nothing is converted."""
    daily_soft: Price
    """From there on answers are shorter."""
    daily_hard: Price
    """From there on nothing more is asked that day."""
    monthly_soft: Price
    monthly_hard: Price
    prices: PriceSettings


class AudioSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[audio]`: microphone and speaker."""

    input: Annotated[str, checks.audio_input]
    """`default`, a device name, or `file:PATH.wav` (with `?loop=1` to start again at the end)."""
    output: Annotated[str, checks.audio_output]
    """`default`, a device name, `file:PATH.wav` (records), or `null`."""
    volume: Annotated[float, Meta(ge=0, le=1)]
    """Factor on the reply's samples, 0 to 1."""


class ButtonSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[button]`: what a visitor holds while speaking."""

    source: Annotated[
        str,
        _text(
            r"gpio|keyboard|none|script:[^\x00-\x1f\x7f]+",
            'one of "gpio", "keyboard", "script:PATH", "none"',
        ),
    ]
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

    driver: Annotated[
        str,
        _text(
            r"[A-Za-z0-9_]+",
            '"auto", "none" or an SDL video driver such as "kmsdrm", "wayland", "x11"',
        ),
    ]
    """`auto`, `none`, or an SDL video driver such as `kmsdrm`, `x11`, `wayland`, `dummy`."""
    size: Annotated[tuple[int, int] | None, checks.size]
    """Width and height in pixels; None is the screen's own."""
    fullscreen: bool
    """Whether the whole screen is taken."""
    rotation: Literal[0, 90, 180, 270]
    """Degrees clockwise by which the picture is turned."""
    stage: Literal["auto", "surface", "texture"]
    """Without effect, kept for files that have it: the processor shows what changed."""


class ScreenSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[screen]`: what is written and shown beside the avatar."""

    language: Annotated[
        str, _text(f"({TAG})?", '"" for the conversation\'s, or a language tag such as "de"')
    ]
    """BCP-47 tag of the screen's own words; empty: the conversation's."""
    without_ai_notice: Annotated[
        str,
        _text(
            r"(.*\S.{10,}\S.*)?",
            '"" to say on the screen that visitors talk with an AI, or why the law does not ask for'
            " that here, in at least 12 characters",
        ),
    ]
    """Why the screen does not say it; empty: it says it."""
    large_type: bool
    high_contrast: bool
    content: Annotated[str, _text(_PATH, 'an absolute path, such as "/etc/kiosk/content"')]
    """Folder with the pictures that may be shown, and `attract.toml`."""
    words: Annotated[str, _text(_PATH, 'an absolute path, such as "/etc/kiosk/words"')]
    """Folder with the house's own words for the screen, a file a language."""
    attract_s: Annotated[float, Meta(ge=3, le=3600)]
    """Seconds for each card of the attract screen."""
    countdown_s: Annotated[float, Meta(ge=0, le=60)]
    """Seconds for which the end of a visit is counted down."""
    quiet_hours: Annotated[
        str,
        _text(f"closed|{_HOURS}", '"" for none, a range such as "22:00-07:00", or "closed"'),
    ]
    """Such as `22:00-07:00`, local time; `closed`: outside `[hours]`; empty: none."""
    quiet: Literal["dim", "black"]
    """The screen in quiet hours while nobody is here."""


class ThemeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[theme]`: a house's own colours and pictures. Empty: the default."""

    sky_top: Colour
    sky_bottom: Colour
    desk_top: Colour
    desk_bottom: Colour
    text: Colour
    muted: Colour
    accent: Colour
    font: FontFile
    """File of a TrueType or OpenType font."""
    font_bold: FontFile
    logo: PictureFile
    """File below `screen.content`."""
    background: PictureFile
    """File below `screen.content`."""


class CloudSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar.cloud]`: when an avatar that costs money by the minute is there."""

    present_s: Annotated[float, Meta(ge=5, le=3600)]
    """Seconds after the last sign of a visitor for which its session is kept."""
    always_on: bool
    """Whether it is there without a visitor too, within `hours`."""
    hours: Annotated[str, _text(_HOURS, '"" for all day, or a range such as "09:00-17:30"')]
    """Opening hours, such as `09:00-17:30`, local time; empty: all day."""
    daily_minutes: Annotated[int, Meta(ge=0, le=1440)]
    """Most minutes of session a day; 0: no bound."""


class HeygenSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar.heygen]`: HeyGen's Streaming Avatar."""

    base_url: RestUrl
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

    base_url: RestUrl
    """Base URL of the REST API; empty for LiveAvatar's own."""
    avatar_id: str
    """The avatar's UUID."""
    quality: Literal["low", "medium", "high", "very_high"]


class AvatarimSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar.avatarim]`: Alibaba Cloud's AvatarIM."""

    mode: Literal["voice-of-gemini", "visitors-voice"]
    url: WebsocketUrl
    """Base URL of the IM socket; empty for Alibaba Cloud's own."""
    app_id: str
    tenant_id: str
    session_id: str
    """Of an instance that somebody else started; empty: one is started by the control API."""
    format: Literal["pcm", "wav"]
    """Of the visitor's sound on its way up, with `visitors-voice`."""
    sample_rate: Literal[8000, 16000]
    """Of that sound, in Hz. Source: the vendor's speech recognition takes these two."""
    video_url: Annotated[str, urls.picture]
    """Where its picture is: `rtmp://`, `http(s)://….flv`, `….m3u8`, `listen:rtmp://…`, or
    `external:/path/of/a/program`.
    """
    push_url: Annotated[str, urls.push]
    """Where Alibaba Cloud pushes the picture of an instance that we start; empty: `video_url`."""
    control_url: RestUrl
    """Base URL of the control API; empty for Alibaba Cloud's own."""


class AvatarSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[avatar]`: who talks."""

    driver: Literal["face", "liveavatar", "heygen", "avatarim"]
    """`face`: our own, drawn on the board; the others run in a cloud, and ours takes over
    where they fail.
    """
    pack: Annotated[
        str,
        _text(
            r"[a-z][a-z0-9-]*|[^\0]*/[^\0]*",
            'the name of a pack, such as "host" (kiosk avatars list), or a path with a slash',
        ),
    ]
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
    """All settings: one field for each table of `config/kiosk.toml`."""

    live: LiveSettings
    talk: TalkSettings
    camera: CameraSettings
    knowledge: KnowledgeSettings
    tools: ToolsSettings
    hours: HoursSettings
    visit: VisitSettings
    privacy: PrivacySettings
    money: MoneySettings
    audio: AudioSettings
    button: ButtonSettings
    lamp: LampSettings
    display: DisplaySettings
    screen: ScreenSettings
    theme: ThemeSettings
    avatar: AvatarSettings
    log: LogSettings
