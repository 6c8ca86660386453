"""The demo with a cloud avatar, against the stand-in of its cloud."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from kiosk.avatar.avatar_check import STREAMING_AVATAR_NOTICE
from kiosk.cli import main
from kiosk.demo import cloud
from tests.support.cloud import Course, number_on, spoken
from tests.support.stand_in import PRODUCTS

BARE = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}


@pytest.mark.long
@pytest.mark.parametrize("product", PRODUCTS)
def test_each_holds_the_scripted_conversation(product, tmp_path):
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "demo", "--avatar", product, "--scripted", "--out", out],
        env=BARE | {"PULSE_SERVER": "none"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert f"{product}: 1 session opened, 0 left open" in done.stdout
    rows = json.loads((out / "turns.json").read_text())
    assert [row["outcome"] for row in rows] == ["answered", "answered", "interrupted", "answered"]
    assert all((row["lost"], row["doubled"]) == (0, 0) for row in rows)
    assert rows[3]["barge_in_to_silence_ms"] < 300
    sound = heard(out / "conversation.wav")
    for row in rows:
        course = Course(spoken(row["answered"]), sound)
        if product == "avatarim":  # It says the words in its own voice.
            assert course.windows < len(course.missing)
        elif row["outcome"] == "answered":
            # A syllable may be like another one; an answer that is heard twice is seconds long.
            assert len(course.missing) <= 1
            assert course.again_s <= 0.2
            assert course.ordered
    if product != "avatarim":
        for state in ("listening", "thinking", "speaking"):
            assert number_on(picture(out / f"{state}.png")) is not None, state


def heard(path: Path) -> np.ndarray:
    """The kiosk's side of the conversation."""
    with wave.open(str(path)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")[1::2]


def picture(path: Path) -> np.ndarray:
    import pygame

    return pygame.surfarray.array3d(pygame.image.load(str(path))).swapaxes(0, 1)


def test_an_installed_kiosk_says_where_the_stand_in_is(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(cloud, "SOURCE", tmp_path)
    assert main.main(["demo", "--avatar", "heygen", "--scripted", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert "part of the source, not of an installed kiosk" in told.err
    assert STREAMING_AVATAR_NOTICE in told.out


@pytest.mark.parametrize("name", [[], ["liveavatar"]])
def test_a_library_that_is_missing_is_named(monkeypatch, tmp_path, capsys, name):
    """LiveAvatar leads: it is meant where none is named."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main.main(["demo", "--avatar", *name, "--out", str(tmp_path)]) == 2
    assert (
        "the stand-in of liveavatar needs aiohttp, aiortc, livekit: make setup-test"
        in capsys.readouterr().err
    )
