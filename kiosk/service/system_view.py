"""The whole kiosk at one moment, as `status`, the journal and the watchdog are told of it."""

from typing import Any

from msgspec import Struct

from kiosk.audio.rings.ring import MicrophoneRing, ReplyRing
from kiosk.audio.sound_status import SoundStatus
from kiosk.core.overlays import Mistake
from kiosk.core.scene import Scene
from kiosk.core.view import CoreView


class ScreenView(Struct, frozen=True):
    """The screen and who draws on it."""

    known: bool
    """Whether there is a screen, or it is known that there is none."""
    driver: str = "none"
    size: tuple[int, int] | None = None
    """Width and height in pixels."""
    pid: int | None = None
    """Of the process that owns the window."""
    frames: int = 0
    fps: float = 0.0
    turns: int | None = None
    """How often the drawing thread went round; None without a screen."""
    widget_faults: int = 0
    trouble: str = ""
    """Why there is no screen, where one was asked for."""
    pack_trouble: str = ""
    """What is wrong with the face's pack."""


class SystemView(Struct, frozen=True):
    """See the module. Times are monotonic seconds."""

    now_s: float
    started_s: float
    clock: dict[str, str]
    """Local time and zone."""
    mistake: Mistake | None
    scene: Scene
    core: CoreView
    devices: SoundStatus
    microphone: MicrophoneRing
    reply: ReplyRing
    bad_frames: int
    """Frames of the service that were no messages."""
    button_source: str
    button_trouble: str
    lamp_driver: str
    lamp_trouble: str
    avatar: dict[str, Any]
    """What the reply's router tells of who speaks and is seen."""
    avatar_trouble: str
    pack: str
    screen: ScreenView
    knowledge: dict[str, Any]
    """What was read of the house's files, and which of them are broken."""
    ticks: dict[str, int]
    """How often the loop and the sound process went round."""
