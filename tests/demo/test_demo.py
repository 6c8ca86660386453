"""The demo as a person meets it: bare, and with a screen, a microphone and a loudspeaker."""

import json
import os
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from kiosk.cli.ctl import ask
from kiosk.errors import UserError

from ..concierge.visitor import speech
from ..support.kiosks import until
from ..support.pulse import pulse
from ..support.xvfb import xvfb

NOT_YET = {"link": {"state": "none"}, "microphone": {"state": "none"}, "turns": [], "state": ""}
"""What is asked below of a demo that does not answer yet."""
BARE = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}


def test_with_nothing_attached_a_scripted_visitor_talks_and_leaves_a_folder(tmp_path):
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "demo", "--scripted", "--out", out],
        env=BARE | {"PULSE_SERVER": "none"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    rows = json.loads((out / "turns.json").read_text())
    assert [row["turn"] for row in rows] == [1, 2, 3, 4]
    assert all((row["lost"], row["doubled"]) == (0, 0) for row in rows)
    assert all(row["samples"] == round(row["sent_s"] * 16_000) for row in rows)
    assert [row["outcome"] for row in rows] == ["answered", "answered", "interrupted", "answered"]
    # Understood from the sound: the words of the question, and the answer that belongs to it.
    for row, word in zip(rows, ("nine", "ground floor", "portrait", "cafe"), strict=True):
        assert word in row["answered"]
        assert row["heard"] in done.stdout
    assert rows[3]["barge_in_to_silence_ms"] is not None
    states = {path.stem for path in out.glob("*.png")}
    assert {"attract", "listening", "thinking", "speaking"} <= states
    assert (out / "conversation.mp4").stat().st_size > 100_000
    with wave.open(str(out / "conversation.wav")) as sound:
        assert sound.getnchannels() == 2
        both = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
    assert np.abs(both[:, 0]).max() > 3000
    assert np.abs(both[:, 1]).max() > 3000


def test_a_demo_that_is_killed_leaves_no_concierge_and_no_voice(tmp_path):
    command = [sys.executable, "-m", "kiosk", "demo", "--scripted", "--out", str(tmp_path)]
    demo = subprocess.Popen(command, env=BARE | {"PULSE_SERVER": "none"}, stdout=subprocess.PIPE)
    try:
        assert demo.stdout
        assert demo.stdout.readline().startswith(b"A scripted visitor")
        (work,) = workplaces(demo)
        children = _children(demo)
        assert (work / "record").is_dir()
    finally:
        demo.kill()
        demo.wait()
    until(lambda: not (work.exists() or any("--guard" in _words(child) for child in children)))


def workplaces(demo: subprocess.Popen) -> list[Path]:
    """The directory of a demo that is running, which its concierge guards; none at the start."""
    guards = [words for child in _children(demo) if "--guard" in (words := _words(child))]
    return [Path(words[words.index("--guard") + 1]) for words in guards]


def _children(demo: subprocess.Popen) -> list[str]:
    try:
        return Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()
    except OSError:
        return []


def _words(pid: str) -> list[str]:
    """The command line of a process; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


@pytest.fixture
def question(tmp_path) -> Path:
    path = tmp_path / "question.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(speech("Where are the toilets?"))
    return path


def test_with_a_screen_and_sound_a_person_holds_the_space_bar(tmp_path, question):
    """Real PyAudio on a sound server, a real window, a real key."""
    with xvfb(tmp_path) as screen, pulse(tmp_path) as sound:
        environment = os.environ | sound.environment | {"DISPLAY": screen.name}
        log = (tmp_path / "log").open("w+")
        demo = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "demo", "--size", "1024x600"],
            env=environment,
            stdout=log,
            stderr=log,
        )

        def key(*words: str) -> None:
            subprocess.run(["xdotool", *words], env=environment, check=True)

        def status() -> dict:
            try:
                (work,) = workplaces(demo)
                return ask(work / "control.sock", {"do": "status"})
            except (UserError, ValueError):
                return NOT_YET

        try:
            until(lambda: status()["link"]["state"] == "up")
            until(lambda: status()["microphone"]["state"] == "ok")
            until(lambda: status()["display"]["frames"] > 5)
            idle = screen.grab()
            time.sleep(3.5)  # A card that was just opened settles.
            key("keydown", "space")
            until(lambda: status()["state"] == "listening")
            sound.speak(question).wait(10)
            time.sleep(0.3)
            assert np.abs(screen.grab().astype(int) - idle).mean() > 1, "the picture did not change"
            key("keyup", "space")
            until(lambda: (turns := status()["turns"]) and turns[-1]["outcome"])
            turn = status()["turns"][-1]
            assert "toilets" in turn["heard"]
            until(lambda: status()["state"] == "attract")
            heard = np.frombuffer(sound.recording.read_bytes(), "<i2")
            assert np.abs(heard[-24_000 * 5 :]).max() > 1000, "the answer was not heard"
            key("key", "Escape")
            assert demo.wait(10) == 0
        finally:
            demo.kill()
            log.seek(0)
            words = log.read()
        assert "Hold the space bar" in words
        assert "Traceback" not in words
