"""The scripted visitor's words lie where its presses are."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from kiosk.audio.wav import inspect
from kiosk.controls.script_button import read_script
from kiosk.demo import visitor
from kiosk.errors import UserError
from kiosk.formats import MICROPHONE_HZ


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng speaks the questions")
def test_presses_hold_the_words_and_the_rest_is_noise(tmp_path: Path) -> None:
    visit = visitor.prepare(tmp_path)
    assert len(read_script(visit.script)) == 2 * visit.presses == 2 * len(visitor.QUESTIONS)
    edges = [json.loads(line)["at_s"] for line in visit.script.read_text().splitlines()]
    sound = inspect(visit.wav)
    pcm = np.frombuffer(sound.pcm(), "<i2").astype(float)
    assert sound.rate == MICROPHONE_HZ
    assert len(pcm) == int(visit.duration_s * MICROPHONE_HZ)
    for press_s, release_s in zip(edges[::2], edges[1::2], strict=True):
        held = pcm[int(press_s * MICROPHONE_HZ) : int(release_s * MICROPHONE_HZ)]
        assert np.abs(held).max() > 1000
    before = pcm[: int(edges[0] * MICROPHONE_HZ)]
    assert 0 < np.abs(before).max() < 10 * visitor.NOISE_S16


def test_without_espeak_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="apt-get install espeak-ng"):
        visitor.prepare(tmp_path)
