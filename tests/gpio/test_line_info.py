"""Who has a GPIO line, as the kernel says."""

import struct
from pathlib import Path

import pytest

from kiosk.gpio import line_info
from tests.support.installed import house, judged, told

__all__ = ["house"]

LINE_INFO = struct.Struct("=32s32sIIQ160s16s")
"""`struct gpio_v2_line_info` of linux/gpio.h: name, consumer, line, count, flags and so on."""


@pytest.mark.parametrize(
    ("used", "consumer", "says"),
    [
        (1, b"fan@0", 'button.pin: GPIO 17 is in use by "fan@0". Take the overlay that has it out'),
        (1, b"", 'GPIO 17 is in use by "the kernel"'),
        (1, b"lg", None),  # the kiosk that runs
        (0, b"", None),
    ],
)
def test_a_pin_that_somebody_else_has(
    house: Path, monkeypatch: pytest.MonkeyPatch, used: int, consumer: bytes, says: str | None
) -> None:
    """The kernel's answer is filled in here: a machine of its own is needed for a real line."""

    def ioctl(descriptor: int, request: int, buffer: bytearray) -> None:
        assert request == 0xC100B405  # GPIO_V2_GET_LINEINFO_IOCTL, as gcc has it
        line = LINE_INFO.unpack(buffer)[2]
        assert line == 17
        buffer[:] = LINE_INFO.pack(b"GPIO17", consumer, line, 0, used, b"", b"")

    monkeypatch.setattr(line_info.fcntl, "ioctl", ioctl)
    if says is None:
        assert judged() == []
    else:
        assert says in told()
        assert told().startswith("warning [this machine]: ")


def test_what_is_no_chip_has_no_lines(house: Path) -> None:
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        line_info.user_of(house / "gpiochip0", 17)
