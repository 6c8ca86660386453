"""From the button to the wire, and from a press in the middle of an answer to silence."""

import random
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.machine import load, percentile
from benchmarks.report import Section, Table, figure
from benchmarks.service import Service, service
from benchmarks.subjects import Kiosk, closing, kiosk_command, speech
from tests.support.pulse import pulse
from tests.support.xvfb import xvfb

MIN_HOLD_S = 0.12
HOLD_S = 0.16
SETTINGS = {"button.min_hold_ms": "120", "button.tail_ms": "20", "button.pre_roll_ms": "100"}
REST_S = 0.05
LIMIT_S = 2.0
"""A marker that is not on the wire after this never comes."""


class Presses:
    """What came of them, in milliseconds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.marker: list[float] = []
        self.silence: list[float] = []
        self.device = 0.0
        self.load = ""


def measure(scratch: Path, short: bool) -> Section:
    wav = speech(scratch)
    count = 10 if short else 105
    done = []
    for driver, name in (("none", "no screen"), ("dummy", "dummy"), ("x11", "x11, Xvfb")):
        done.append(_screen(scratch, wav, driver, name, count))
    done.append(_pulse(scratch, wav, count))
    rows = [
        [
            presses.name,
            str(len(presses.marker)),
            *(figure(percentile(presses.marker, share)) for share in (0.5, 0.99, 1)),
            str(len(presses.silence)),
            *(figure(percentile(presses.silence, share), 1) for share in (0.5, 1)),
            figure(presses.device, 0),
            presses.load,
        ]
        for presses in done
    ]
    titles = ["screen, sound", "presses", "marker p50", "p99", "worst", "barge-ins"]
    titles += ["silence p50", "worst", "device", "load"]
    return Section(
        "Milliseconds. Marker: from before the press is written to the control socket to "
        "`activityStart` at the service, less `min_hold_ms`. Silence: from there to the last "
        "sample that is not silence handed to the device; the device's own latency comes after "
        "it. Targets: marker p99 ≤ 3, silence ≤ one period and a fade (25).",
        [Table(titles, rows)],
    )


def _screen(scratch: Path, wav: Path, driver: str, name: str, count: int) -> Presses:
    with service() as peer, ExitStack() as stack:
        environment = {}
        if driver == "x11":
            (scratch / "xvfb").mkdir()
            environment["DISPLAY"] = stack.enter_context(xvfb(scratch / "xvfb")).name
        directory = scratch / driver
        extra = {**SETTINGS, "display.driver": driver}
        command = kiosk_command(directory, peer.url, wav, **extra)
        with closing(Kiosk(name, directory, command, environment)) as kiosk:
            return _press(Presses(f"{name}, files"), kiosk, peer, count)


def _pulse(scratch: Path, wav: Path, count: int) -> Presses:
    with service() as peer, pulse(scratch / "pulse") as server:
        directory = scratch / "sounding"
        extra = {**SETTINGS, "audio.output": "default"}
        command = kiosk_command(directory, peer.url, wav, **extra)
        with closing(Kiosk("pulse", directory, command, server.environment)) as kiosk:
            return _press(Presses("no screen, PulseAudio out"), kiosk, peer, count)


def _press(presses: Presses, kiosk: Kiosk, peer: Service, count: int) -> Presses:
    """First into silence, then into answers."""
    chance = random.Random(1)
    time.sleep(2)
    peer.answer(think_s=0.02, reply_s=0)
    for _ in range(count):
        presses.marker.append(_one(kiosk, peer)[0])
        time.sleep(0.2 + chance.uniform(0, 0.02))
    peer.answer(think_s=0.02, reply_s=3)
    _one(kiosk, peer)
    for _ in range(count):
        _until_it_speaks(kiosk)
        time.sleep(0.1 + chance.uniform(0, 0.04))
        marker_ms, silence_ms = _one(kiosk, peer)
        presses.marker.append(marker_ms)
        presses.silence.append(silence_ms)
    presses.device = kiosk.status()["speaker"]["latency_ms"]
    presses.load = load()
    p99 = percentile(presses.marker, 0.99)
    print(f"{presses.name}: {len(presses.marker)} presses, marker p99 {p99:.2f} ms", flush=True)
    return presses


def _until_it_speaks(kiosk: Kiosk) -> None:
    asked_s = time.monotonic()
    while kiosk.reply.last_sound_s < asked_s:
        assert time.monotonic() < asked_s + LIMIT_S, "no answer sounds"
        time.sleep(0.005)


def _one(kiosk: Kiosk, peer: Service) -> tuple[float, float]:
    """A press and a release: (marker, silence), each in ms after what they are to be after."""
    peer.take()
    pressed_s = time.monotonic()
    kiosk.press()
    time.sleep(max(0.0, pressed_s + HOLD_S - time.monotonic()))
    last_s = kiosk.reply.last_sound_s
    kiosk.release()
    by_s = time.monotonic() + LIMIT_S
    while not (starts := [seen.at_s for seen in peer.take() if seen.what == "start"]):
        assert time.monotonic() < by_s, "no marker came"
        time.sleep(0.01)
    # The tail, and the answer's beginning: from here the next press is another turn.
    time.sleep(max(0.0, pressed_s + HOLD_S + REST_S - time.monotonic()))
    return (starts[0] - pressed_s - MIN_HOLD_S) * 1000, (last_s - pressed_s) * 1000
