"""Who we are to the vendor: the access key, and this board's name."""

import hashlib
from pathlib import Path

from kiosk.avatar.avatarim.control import AccessKey, Control
from kiosk.secrets import AVATARIM_TOKEN, secret
from kiosk.settings import AvatarimSettings

PRODUCT = "avatarim"
MACHINE_ID = Path("/etc/machine-id")


def control_of(settings: AvatarimSettings, tenant_id: str = "", app_id: str = "") -> Control | None:
    """The control API; None where the credential is a session's token, which cannot use it.

    Args:
        settings: `[avatar.avatarim]`.
        tenant_id: another one than that of the settings, and so for `app_id`.
        app_id: of the application.

    Raises `CredentialError` where there is no credential, `ControlError` for a tenant that is none.
    """
    key = AccessKey.read(secret(AVATARIM_TOKEN).reveal())
    if key is None:
        return None
    return Control(
        settings.control_url, tenant_id or settings.tenant_id, app_id or settings.app_id, key
    )


def user_id() -> str:
    """What the vendor knows this board by: always the same, and it says nothing of the board."""
    try:
        machine = MACHINE_ID.read_bytes().strip()
    except OSError:
        machine = b""
    # machine-id(5): it is not to be shown as it is.
    return "kiosk-" + hashlib.sha256(b"kiosk avatarim " + machine).hexdigest()[:16]
