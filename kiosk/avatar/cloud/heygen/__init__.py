"""HeyGen's avatars: Streaming Avatar (`heygen`) and its successor LiveAvatar (`liveavatar`).

One driver with two front ends. The lips are moved by Gemini's own sound, which is sent up by a
socket; picture and voice come down by a LiveKit room.
"""

from typing import Literal

from kiosk.avatar.cloud.heygen.driver import HeyGen
from kiosk.avatar.cloud.heygen.liveavatar import Liveavatar
from kiosk.avatar.cloud.heygen.streaming import Streaming
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.settings.types import AvatarSettings


def make(
    product: Literal["heygen", "liveavatar"], settings: AvatarSettings, journal: SessionJournal
) -> HeyGen:
    """Make the avatar of a product; nothing is opened, and nothing large imported, until `open`."""
    if product == "heygen":
        return HeyGen(Streaming(settings.heygen), journal)
    return HeyGen(Liveavatar(settings.liveavatar), journal)
