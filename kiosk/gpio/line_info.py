"""Who uses a GPIO line now, asked of the kernel without taking the line. Without gpiozero.

Source: Linux, include/uapi/linux/gpio.h (GPIO_V2_GET_LINEINFO_IOCTL).
"""

import fcntl
import os
import struct
from pathlib import Path

_LINE_INFO = struct.Struct("32s 32s I I Q 160s 16s")
"""struct gpio_v2_line_info: name, consumer, offset, num_attrs, flags, attrs, padding."""
_GET_LINE_INFO = 0xC000B405 | _LINE_INFO.size << 16
"""_IOWR(0xB4, 0x05, struct gpio_v2_line_info)."""
_USED = 1
"""GPIO_V2_LINE_FLAG_USED."""


def user_of(chip: Path, line: int) -> str | None:
    """Who has a line: a name, empty where it gives none; None where the line is free.

    Raises:
        OSError: the chip cannot be asked, or has no such line.
    """
    request = bytearray(_LINE_INFO.pack(b"", b"", line, 0, 0, b"", b""))
    descriptor = os.open(chip, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, _GET_LINE_INFO, request)
    finally:
        os.close(descriptor)
    _, consumer, _, _, flags, _, _ = _LINE_INFO.unpack(request)
    return consumer.partition(b"\0")[0].decode("utf-8", "replace") if flags & _USED else None
