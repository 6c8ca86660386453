"""Sound cards and sound servers, through PortAudio. Blocking streams, one thread a direction.

PyAudio closes a stream for good when one of its calls raises; so overflow and underflow are never
to be exceptions. The list of devices is frozen at the first `Pa_Initialize`, whose references are
counted: only when nobody holds PortAudio can it be made anew.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from kiosk.audio.process.devices import Device, Plan, cards, choose, plan
from kiosk.errors import DeviceError
from kiosk.formats import MICROPHONE_HZ, PERIOD_NS, PERIOD_S, REPLY_HZ

STALE_LIST: Final = 75
"""Exit status that asks for a restart: only a fresh PortAudio sees a new card (EX_TEMPFAIL)."""
LIST_S: Final = 1.0
"""Seconds for which a list of devices is good enough: making one takes up to 0.14 s."""
LISTS: Final = 100
"""Lists that one process makes: each leaks 15 kB of ALSA's and JACK's, which a restart frees."""
_INT16: Final = 8
"""PortAudio's paInt16."""


class PortAudio:
    """The devices of this machine. PortAudio opens and closes in one thread at a time."""

    def __init__(self, make: Callable[[], Any]) -> None:
        """`make` gives a `pyaudio.PyAudio`; it is called again when the list is to be made anew."""
        self._make = make
        self._lock = threading.Lock()
        """Held wherever the attributes below are read or written."""
        self._pa: Any = None
        self._streams = 0
        self._cards: frozenset[str] = frozenset()
        self._made_s = 0.0
        self._lists = 0

    def microphone(self, name: str) -> "CardMicrophone":
        with self._lock:
            found = self._plan(name, "input")
            return CardMicrophone(self, found, self._open(found, "input"))

    def speaker(self, name: str) -> "CardSpeaker":
        with self._lock:
            found = self._plan(name, "output")
            return CardSpeaker(self, found, self._open(found, "output"))

    def devices(self) -> list[dict[str, Any]]:
        """What there is: name, inputs, outputs, rate_hz of each device."""
        with self._lock:
            self._initialise()
            infos = map(self._pa.get_device_info_by_index, range(self._pa.get_device_count()))
            return [
                {
                    "name": info["name"],
                    "inputs": info["maxInputChannels"],
                    "outputs": info["maxOutputChannels"],
                    "rate_hz": int(info["defaultSampleRate"]),
                }
                for info in infos
            ]

    def close(self, stream: Any) -> None:
        with self._lock:
            self._streams -= 1
            with contextlib.suppress(OSError):  # PyAudio has closed a lost device itself
                stream.close()

    def _open(self, found: Plan, way: str) -> Any:
        stream = self._pa.open(
            rate=found.rate,
            channels=found.channels,
            format=_INT16,
            frames_per_buffer=round(found.rate * PERIOD_S),
            **{way: True, f"{way}_device_index": found.device.number},
        )
        self._streams += 1
        return stream

    def _plan(self, name: str, way: str) -> Plan:
        """Find the device. If it is not in the list, make the list anew unless a stream is open."""
        if self._pa is None:
            self._initialise()
        try:
            return self._find(name, way)
        except DeviceError:
            if not self._streams and time.monotonic() - self._made_s > LIST_S:
                self._initialise()
                return self._find(name, way)
            if cards() - self._cards:
                # The other direction loses a quarter of a second, which the ring records.
                os._exit(STALE_LIST)
            raise

    def _initialise(self) -> None:
        if self._lists == LISTS:
            os._exit(STALE_LIST)
        self._lists += 1
        if self._pa is not None:
            self._pa.terminate()
        self._cards, self._made_s = cards(), time.monotonic()
        self._pa = self._make()

    def _find(self, name: str, way: str) -> Plan:
        pa = self._pa
        able = []
        for number in range(pa.get_device_count()):
            info = pa.get_device_info_by_index(number)
            if most := info["maxInputChannels" if way == "input" else "maxOutputChannels"]:
                able.append(Device(number, info["name"], most, int(info["defaultSampleRate"])))
        device = choose(name, able)

        def supported(rate: int, channels: int) -> bool:
            asked = {"device": device.number, "channels": channels, "format": _INT16}
            try:
                pa.is_format_supported(rate, **{f"{way}_{word}": asked[word] for word in asked})
            except ValueError:
                return False
            return True

        return plan(device, MICROPHONE_HZ if way == "input" else REPLY_HZ, supported)


class CardMicrophone:
    index = None

    def __init__(self, owner: PortAudio, found: Plan, stream: Any) -> None:
        self._owner, self._stream = owner, stream
        self.device, self.rate_hz, self.channels = found.device.name, found.rate, found.channels
        self.latency_ns = int(stream.get_input_latency() * 1e9)
        self._frames = round(found.rate * PERIOD_S)
        self._convert: Callable[[bytes], bytes] | None = None
        if (found.rate, found.channels) != (MICROPHONE_HZ, 1):
            from kiosk.audio.process.convert import ToKiosk

            convert = ToKiosk(found.rate, found.channels)
            self._convert = convert.feed
            self.latency_ns += convert.latency_ns

    def read(self) -> bytes:
        pcm: bytes = self._stream.read(self._frames, exception_on_overflow=False)
        return self._convert(pcm) if self._convert else pcm

    def close(self) -> None:
        self._owner.close(self._stream)


class CardSpeaker:
    def __init__(self, owner: PortAudio, found: Plan, stream: Any) -> None:
        self._owner, self._stream = owner, stream
        self.device, self.rate_hz, self.channels = found.device.name, found.rate, found.channels
        self.latency_ns = int(stream.get_output_latency() * 1e9)
        self.bridges_ns = self.latency_ns + PERIOD_NS
        self._frames = round(found.rate * PERIOD_S)
        self._convert: Callable[[bytes], bytes] | None = None
        if (found.rate, found.channels) != (REPLY_HZ, 1):
            from kiosk.audio.process.convert import FromKiosk

            convert = FromKiosk(found.rate, found.channels)
            self._convert = convert.feed
            self.latency_ns += convert.latency_ns

    def wait(self) -> None:
        # `write` would wait for room itself, but what is made before is then a period old.
        free = self._stream.get_write_available()
        if 0 <= free < self._frames:
            time.sleep((self._frames - free) / self.rate_hz)

    def write(self, pcm: bytes) -> None:
        pcm = self._convert(pcm) if self._convert else pcm
        self._stream.write(pcm, exception_on_underflow=False)

    def close(self) -> None:
        self._owner.close(self._stream)
