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

from kiosk.audio.devices import Device, Plan, cards, choose, plan
from kiosk.audio.pcm import (
    BYTES,
    MICROPHONE_PERIOD,
    MICROPHONE_RATE,
    PERIOD_NS,
    PERIOD_S,
    REPLY_RATE,
)
from kiosk.errors import DeviceError

STALE_LIST: Final = 75
"""Exit status that asks for a restart: only a fresh PortAudio sees a new card (EX_TEMPFAIL)."""
_INT16: Final = 8
"""PortAudio's paInt16."""


class PortAudio:
    """The devices of this machine. PortAudio opens and closes in one thread at a time."""

    def __init__(self, make: Callable[[], Any]) -> None:
        """`make` gives a `pyaudio.PyAudio`; it is called again when the list is to be made anew."""
        self._make = make
        self._lock = threading.Lock()
        self._pa: Any = None
        self._streams = 0
        self._cards = ""

    def microphone(self, name: str) -> "CardMicrophone":
        with self._lock:
            found = self._plan(name, "input")
            return CardMicrophone(self, found, self._open(found, "input"))

    def speaker(self, name: str) -> "CardSpeaker":
        with self._lock:
            found = self._plan(name, "output")
            return CardSpeaker(self, found, self._open(found, "output"))

    def close(self, stream: Any) -> None:
        with self._lock:
            self._streams -= 1
            with contextlib.suppress(
                OSError
            ):  # a lost device; PyAudio has closed the stream itself
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
            if not self._streams:
                self._initialise()
                return self._find(name, way)
            if cards() != self._cards:
                os._exit(
                    STALE_LIST
                )  # the other direction loses a quarter of a second; the ring records it
            raise

    def _initialise(self) -> None:
        if self._pa is not None:
            self._pa.terminate()
        self._cards = cards()
        self._pa = self._make()

    def _find(self, name: str, way: str) -> Plan:
        pa = self._pa
        infos = [pa.get_device_info_by_index(i) for i in range(pa.get_device_count())]
        devices = [
            Device(
                i["index"],
                i["name"],
                i["maxInputChannels"],
                i["maxOutputChannels"],
                int(i["defaultSampleRate"]),
            )
            for i in infos
        ]
        able = [
            device for device in devices if (device.inputs if way == "input" else device.outputs)
        ]
        device = choose(name, able)

        def supported(rate: int, channels: int) -> bool:
            try:
                pa.is_format_supported(
                    rate,
                    **{
                        f"{way}_device": device.number,
                        f"{way}_channels": channels,
                        f"{way}_format": _INT16,
                    },
                )
            except ValueError:
                return False
            return True

        if way == "input":
            return plan(device, MICROPHONE_RATE, device.inputs, supported)
        return plan(device, REPLY_RATE, device.outputs, supported)


class CardMicrophone:
    index = None

    def __init__(self, owner: PortAudio, found: Plan, stream: Any) -> None:
        self._owner, self._stream = owner, stream
        self.device, self.rate_hz, self.channels = found.device.name, found.rate, found.channels
        self.latency_ns = int(stream.get_input_latency() * 1e9)
        self._frames = round(found.rate * PERIOD_S)
        self._convert: Callable[[bytes], bytes] | None = None
        self._ready = b""
        if (found.rate, found.channels) != (MICROPHONE_RATE, 1):
            from kiosk.audio.convert import ToKiosk

            self._convert = ToKiosk(found.rate, found.channels).feed

    def read(self) -> bytes:
        # PyAudio closes the stream when it raises; an overflow must not be an exception.
        if self._convert is None:
            return self._stream.read(self._frames, exception_on_overflow=False)  # type: ignore[no-any-return]
        while len(self._ready) < MICROPHONE_PERIOD * BYTES:
            self._ready += self._convert(
                self._stream.read(self._frames, exception_on_overflow=False)
            )
        pcm, self._ready = (
            self._ready[: MICROPHONE_PERIOD * BYTES],
            self._ready[MICROPHONE_PERIOD * BYTES :],
        )
        return pcm

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
        if (found.rate, found.channels) != (REPLY_RATE, 1):
            from kiosk.audio.convert import FromKiosk

            self._convert = FromKiosk(found.rate, found.channels).feed

    def wait(self) -> None:
        # `write` would wait for room itself, but what is made before is then a period old.
        free = self._stream.get_write_available()
        if 0 <= free < self._frames:
            time.sleep((self._frames - free) / self.rate_hz)

    def write(self, pcm: bytes) -> None:
        self._stream.write(
            self._convert(pcm) if self._convert else pcm, exception_on_underflow=False
        )

    def close(self) -> None:
        self._owner.close(self._stream)
