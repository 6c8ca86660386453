"""How the vendor knows this board: by its access key and its user id."""

import hashlib
from pathlib import Path

from kiosk.avatar.cloud.avatarim.control import AccessKey, Control
from kiosk.settings.secrets import AVATARIM_TOKEN, secret
from kiosk.settings.types import AvatarimSettings

PRODUCT = "avatarim"
MACHINE_ID = Path("/etc/machine-id")
SERIAL = Path("/sys/firmware/devicetree/base/serial-number")
"""Of a Raspberry Pi, and of most boards with a device tree."""


def control_of(settings: AvatarimSettings, tenant_id: str = "", app_id: str = "") -> Control | None:
    """The control API; None where the credential is a session's token, which cannot use it.

    Args:
        settings: `[avatar.avatarim]`.
        tenant_id: another one than that of the settings, and so for `app_id`.
        app_id: of the application.

    Raises:
        CredentialError: there is no credential.
        ControlApiError: the tenant is no number.
    """
    key = AccessKey.read(secret(AVATARIM_TOKEN).reveal())
    if key is None:
        return None
    return Control(
        tenant_id or settings.tenant_id, app_id or settings.app_id, key, url=settings.control_url
    )


def user_id() -> str:
    """The id by which the vendor knows this board: always the same, and it tells nothing of it.

    Boards whose cards were copied from one image share a machine-id: the serial number tells them
    apart, or else one would stop the instance of the other.
    """
    # The id itself must never be shown. Source: machine-id(5).
    known = b"kiosk avatarim " + _read(MACHINE_ID) + _read(SERIAL)
    return "kiosk-" + hashlib.sha256(known).hexdigest()[:16]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().strip(b"\n\0 ")
    except OSError:
        return b""  # A machine without a device tree, or without systemd.
