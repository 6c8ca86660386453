"""Which device is meant by a name, and how it can be opened.

By name, never by index: PortAudio's indexes and ALSA's card numbers change with the order in which
USB finds things. A name is `default`, an ALSA card id (`cat /proc/asound/cards`, in brackets; it
can be fixed by a udev rule), bare or in one of ALSA's own names (`plughw:CARD=Device,DEV=0`), or a
PortAudio device's name or a part of it that only one has.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from kiosk.errors import DeviceError

ASOUND: Final = Path("/proc/asound")


ALSA_NAME: Final = re.compile(
    r"[a-z]\w*:(?:CARD=)?(?P<card>[A-Za-z_][\w-]*)(?:,(?:DEV=)?(?P<device>\d+))?(?:,.*)?"
)
"""A name as `arecord -L` lists it. Which of ALSA's plug-ins it names does not matter: the kiosk
converts by itself.
"""


class Device(NamedTuple):
    """One entry of PortAudio's list."""

    number: int
    """PortAudio's index, good until the list is made anew."""
    name: str
    channels: int
    """How many it has at most, in the direction that is asked for."""
    rate: int
    """The rate that PortAudio proposes, in hertz."""


class Plan(NamedTuple):
    """How a device is opened."""

    device: Device
    rate: int
    channels: int


def cards(asound: Path = ASOUND) -> frozenset[str]:
    """The kernel's list of sound cards: a new line is a card that PortAudio does not know."""
    try:
        return frozenset((asound / "cards").read_text().splitlines())
    except OSError:
        return frozenset()


def on_card(name: str, way: Literal["capture", "playback"], asound: Path = ASOUND) -> bool | None:
    """Whether the card that a name means can do that; None where it means no card that is here.

    Asked of the kernel, which also knows cards that are in use.
    """
    alsa = ALSA_NAME.fullmatch(name)
    card = asound / (alsa["card"] if alsa else name)
    if not name or not card.is_symlink():  # /proc/asound/ID → cardN
        return None
    device = alsa["device"] if alsa and alsa["device"] else "*"
    return any(card.glob(f"pcm{device}{way[0]}"))


def choose(name: str, devices: Sequence[Device], asound: Path = ASOUND) -> Device:
    """The device of that name.

    Raises:
        DeviceError: there is none, or more than one.
    """
    for device in devices:
        if device.name == name:
            return device
    if name == "default":
        if devices:
            return devices[0]
        raise DeviceError("there is no sound device")
    alsa = ALSA_NAME.fullmatch(name)
    card = asound / (alsa["card"] if alsa else name)
    part = name
    if card.is_symlink():  # /proc/asound/ID → cardN
        number = card.readlink().name.removeprefix("card")
        part = f"(hw:{number}," + (f"{alsa['device']})" if alsa and alsa["device"] else "")
    found = [device for device in devices if part in device.name]
    if len(found) > 1 and part != name:
        return found[0]
    if len(found) != 1:
        known = ", ".join(f'"{device.name}"' for device in devices) or "none"
        raise DeviceError(
            f'{"several are" if found else "no device is"} named "{name}"; there are: {known}'
        )
    return found[0]


def plan(device: Device, rate: int, supported: Callable[[int, int], bool]) -> Plan:
    """The best way to open a device: as we want it, else at its own rate with few channels.

    `supported(rate, channels)` asks PortAudio.
    """
    for hertz in dict.fromkeys((rate, device.rate, 48_000, 44_100)):
        most = device.channels
        for channels in dict.fromkeys((1, min(2, most), most)):
            if supported(hertz, channels):
                return Plan(device, hertz, channels)
    raise DeviceError(
        f'"{device.name}" does not open, neither at {rate} Hz nor at its own {device.rate} Hz'
    )
