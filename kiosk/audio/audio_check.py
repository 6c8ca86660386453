"""Whether sound comes from and goes where the settings say: files, cards, devices."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from kiosk.audio.process.devices import ASOUND, Device, cards, choose, on_card
from kiosk.audio.process.files import PREFIX, check_input, check_output
from kiosk.errors import DeviceError, UserError
from kiosk.settings.findings import Finding
from kiosk.settings.types import Settings

LIST_TIMEOUT_S: Final = 15.0
"""For PortAudio's list; a card that hangs takes seconds."""
_WAYS: Final = {"input": ("inputs", "microphone"), "output": ("outputs", "loudspeaker")}


def judge(settings: Settings, asound: Path = ASOUND) -> Iterator[Finding]:
    """What is wrong with `audio.input` and `audio.output`."""
    for way, name in (("input", settings.audio.input), ("output", settings.audio.output)):
        key = f"audio.{way}"
        if name.startswith(PREFIX):
            yield from _file(key, name, check_input if way == "input" else check_output)
        elif name != "null":
            yield from _device(key, way, name, asound)


def _file(key: str, name: str, check: Callable[[str], None]) -> Iterator[Finding]:
    try:
        check(name)
    except UserError as error:
        what, _, expected = str(error).partition(". Expected ")
        yield Finding(key, what.removeprefix(f'{key} = "{name}": '), f"Expected {expected}")


def _device(key: str, way: str, name: str, asound: Path) -> Iterator[Finding]:
    """The kernel's own list first: PortAudio leaves out a card that is in use."""
    known = on_card(name, "capture" if way == "input" else "playback", asound)
    if known:
        return
    many, thing = _WAYS[way]
    if known is False:
        yield Finding(
            key, f'the sound card of "{name}" has no {thing} there',
            f"Name another card or device: {'arecord' if way == 'input' else 'aplay'} -l",
            "warning", "machine",
        )  # fmt: skip
        return
    try:
        choose(name, _listed(many), asound)
    except DeviceError as error:
        if name != "default" and any(name in line for line in cards(asound)):
            return  # In use by the kiosk that runs: it is there all the same.
        ids = ", ".join(re.findall(r"\[(\S+) *\]:", "\n".join(cards(asound)))) or "none"
        yield Finding(
            key, f"no such {thing}: {error}",
            f"Plug it in, or name another one; ids of the cards here: {ids}",
            "warning", "machine",
        )  # fmt: skip


def _listed(many: str) -> list[Device]:
    """PortAudio's devices, asked in a process of its own: the only importer of PyAudio."""
    command = [sys.executable, "-m", "kiosk.audio.process.worker", "--list"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIST_TIMEOUT_S, check=True)
        devices = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise DeviceError(f"the list of sound devices cannot be had ({error})") from error
    return [
        Device(number, each["name"], each[many], each["rate_hz"])
        for number, each in enumerate(devices)
        if each[many]
    ]
