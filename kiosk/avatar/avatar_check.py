"""Whether the avatar of the settings can be shown: its pack, and what a cloud avatar needs."""

import re
from collections.abc import Iterator
from importlib.util import find_spec

from kiosk.avatar.face import pack, pack_check
from kiosk.avatar.face.manifest import PackError
from kiosk.settings.findings import Finding
from kiosk.settings.installation import library
from kiosk.settings.types import AvatarSettings, Settings
from kiosk.settings.urls import IN_URLS

_LIBRARIES = {"heygen": "livekit", "liveavatar": "livekit", "avatarim": "av"}
"""The module that each cloud avatar cannot do without."""
_EXTRAS = {"heygen": "heygen", "liveavatar": "heygen", "avatarim": "avatarim"}

STREAMING_AVATAR_NOTICE = (
    "HeyGen sends users of its Streaming Avatar to LiveAvatar; others date its end to 31 March 2026"
)
"""Source: the vendor's package announces the end without a date; the date is a third party's."""


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `[avatar]`."""
    avatar = settings.avatar
    yield from _pack(avatar.pack)
    if (hours := avatar.cloud.hours) and hours[:5] == hours[6:]:
        yield Finding(
            "avatar.cloud.hours", f'"{hours}" begins and ends at once: it is never open',
            'Write "" for all day, or two times such as "09:00-17:30"', "warning",
        )  # fmt: skip
    yield from _cloud(avatar)
    for key, name in (("video_url", IN_URLS[0]), ("push_url", IN_URLS[1])):
        url = getattr(avatar.avatarim, key)
        if re.search(r"://[^/]*@|[?&][^&{}]+(&|$)", url):
            yield Finding(
                f"avatar.avatarim.{key}", "it holds what may be a key, in clear",
                f"Put that into /etc/kiosk/{name} (mode 0600) and write {{{name}}} in its place",
                "warning",
            )  # fmt: skip
    module = _LIBRARIES.get(avatar.driver)
    if module is not None and find_spec(module) is None:
        yield Finding(
            "avatar.driver", f'"{avatar.driver}" needs the library {module}, which is missing here',
            f"Install it: {library(_EXTRAS[avatar.driver])}",
        )  # fmt: skip


def _cloud(avatar: AvatarSettings) -> Iterator[Finding]:
    """What of an avatar of the cloud costs more, or works for less long, than one would think."""
    if avatar.driver == "face":
        return
    if avatar.driver == "heygen":
        yield Finding(
            "avatar.driver", STREAMING_AVATAR_NOTICE,
            'Use "liveavatar", which needs a key of its own', "note",
        )  # fmt: skip
    cloud = avatar.cloud
    if cloud.always_on and not cloud.hours:
        yield Finding(
            "avatar.cloud.always_on", "the avatar is paid for day and night",
            'Write the opening hours into avatar.cloud.hours, such as "09:00-17:30"', "warning",
        )  # fmt: skip


def _pack(name: str) -> Iterator[Finding]:
    try:
        folder = pack.find(name)
        faults = pack_check.faults(folder)
    except PackError as error:
        yield Finding("avatar.pack", str(error), "Until then the host is shown")
        return
    if faults:
        more = f", and {len(faults) - 1} more" if faults[1:] else ""
        yield Finding(
            "avatar.pack", f"{folder}/{faults[0]}{more}",
            f"All of it: kiosk avatars check {folder}. Until then the host is shown",
        )  # fmt: skip
