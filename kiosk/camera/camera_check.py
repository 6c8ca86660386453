"""Whether the camera of the settings can give a picture."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from kiosk.settings.camera import FILE
from kiosk.settings.findings import Finding
from kiosk.settings.installation import library
from kiosk.settings.types import Settings


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `camera.source`."""
    source = settings.camera.source
    if source == "none":
        return
    if find_spec("av") is None:
        yield Finding(
            "camera.source", f'"{source}" needs the library av, which is missing here',
            f"Install it: {library('camera')}",
        )  # fmt: skip
    if not Path(source.removeprefix(FILE)).exists():
        yield Finding(
            "camera.source", f'there is no "{source}"',
            'Plug the camera in, or set "none"; v4l2-ctl --list-devices tells its name',
        )  # fmt: skip
