"""Which avatars the settings name."""

from typing import TYPE_CHECKING

from kiosk.avatar.interface import CloudAvatar
from kiosk.settings.types import AvatarSettings

if TYPE_CHECKING:
    from kiosk.avatar.cloud.journal import SessionJournal
    from kiosk.avatar.face.face import Face


def make_face(settings: AvatarSettings) -> "Face":
    """Make our own face; its pictures are made by `place`."""
    from kiosk.avatar.face.face import Face

    return Face(settings.pack, beside=True)


def make_cloud_avatar(settings: AvatarSettings, journal: "SessionJournal") -> CloudAvatar | None:
    """Make the cloud avatar that the settings name; None where our own face is alone.

    Nothing is opened, and its client library is not imported before it is.
    """
    match settings.driver:
        case "heygen" | "liveavatar" as product:
            from kiosk.avatar.cloud.heygen.driver import make

            return make(product, settings, journal)
        case "avatarim":
            from kiosk.avatar.cloud.avatarim.driver import AvatarIm

            return AvatarIm(settings.avatarim, journal)
    return None
