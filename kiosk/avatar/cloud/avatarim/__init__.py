"""Alibaba Cloud's AvatarIM: a client of its socket and its control API, and the avatar over both.

`AvatarImClient` and `Control` are a small library of their own; `driver.AvatarIm` is what the
kiosk uses. Why things are as they are: docs/cloud-avatars.md.
"""

from kiosk.avatar.cloud.avatarim.client import AvatarImClient
from kiosk.avatar.cloud.avatarim.control import AccessKey, Control, ControlApiError, Instance
from kiosk.avatar.cloud.avatarim.im_protocol import AvatarImError

__all__ = [
    "AccessKey",
    "AvatarImClient",
    "AvatarImError",
    "Control",
    "ControlApiError",
    "Instance",
]
