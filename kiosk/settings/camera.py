"""`[camera]`: what the host sees."""

import re
from typing import Annotated, Literal

from msgspec import Struct

FILE = "file:"


def _source(value: str) -> str:
    if value == "none" or re.fullmatch(r"/dev/[\w/.:-]+|file:/[^\x00-\x1f]+", value):
        return value
    raise ValueError('"none", a device such as "/dev/video0", or "file:/PATH" of a picture')


class CameraSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[camera]`: pictures that go with what a visitor says."""

    source: Annotated[str, _source]
    """`none`, a Video4Linux device such as `/dev/video0`, or `file:/PATH` of a picture."""
    pictures: Literal["question", "stream"]
    """`question`: one with each question; `stream`: one a second while it is asked."""
