"""A whole kiosk with an open microphone, on a real sound server: it hears its own speaker."""

import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.kiosks import Concierge, Kiosk, runtime_directory, until
from tests.support.line import Line
from tests.support.pulse import Pulse, pulse

ROOM_S = 90
"""Longer than the test."""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    """A room that is never quite still, and that echoes."""
    noise = np.random.default_rng(3).normal(0, 6, ROOM_S * 16_000)
    with wave.open(str(tmp_path / "room.wav"), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(noise.astype("<i2").tobytes())
    with pulse(tmp_path / "pulse") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        echo = "load-module module-loopback source=speaker.monitor sink=micfeed latency_msec=30"
        subprocess.run(["pactl", *echo.split()], check=True, capture_output=True)
        hum = server.speak(tmp_path / "room.wav")
        yield server
        hum.kill()
        hum.wait()


def newest(kiosk: Kiosk) -> dict:
    return kiosk.status()["turns"][-1]


def test_question_is_answered_over_a_cut_line_and_the_answer_is_not_heard_as_another(
    room: Pulse, concierge: Concierge, visitor_wav: Path
) -> None:
    with runtime_directory() as runtime, Line(concierge.port) as line:
        sound = ('audio.input="default"', 'audio.output="default"')
        url = f"ws://127.0.0.1:{line.port}"
        kiosk = Kiosk(runtime, url, visitor_wav, *sound, "talk.mode=open").up()
        try:
            assert kiosk.status()["state"] == "attract"
            kiosk.do("press")
            kiosk.do("release")
            until(lambda: kiosk.status()["state"] == "listening")
            asked = room.speak(visitor_wav)
            time.sleep(1.2)  # In the middle of the question.
            line.cut()
            turn = kiosk.answered()
            assert (turn["outcome"], "toilets" in turn["heard"]) == ("answered", True)
            assert "ground floor" in turn["said"]
            asked.wait(10)
            until(lambda: kiosk.status()["state"] == "listening")
            assert line.dials >= 2

            time.sleep(2.0)  # Had it been heard, the answer would be answered by now.
            assert newest(kiosk)["id"] == turn["id"]
            asked = room.speak(visitor_wav)
            until(lambda: newest(kiosk)["id"] != turn["id"] and newest(kiosk)["outcome"])
            assert newest(kiosk)["outcome"] == "answered"
            asked.wait(10)
            assert kiosk.do("reset")["ok"]
            until(lambda: kiosk.status()["state"] == "attract")
        finally:
            assert "Traceback" not in kiosk.close()
    complete = [turn for turn in concierge.turns() if turn["outcome"] == "complete"]
    assert len(complete) == 2
    assert room.recording.stat().st_size > 100_000
