"""How who comes is greeted, and what is told of a recording that cannot be played."""

import wave
from pathlib import Path

import pytest

from kiosk.runtime.greeting import greeting, judge
from kiosk.settings.layers import load
from tests.support.kiosks import Concierge, Kiosk, runtime_directory, until


def recorded(path: Path, rate: int = 24_000, channels: int = 1, seconds: float = 0.5) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, 2, rate, 0, "NONE", ""))
        out.writeframes(b"\1\2" * channels * round(rate * seconds))
    return path


def settings(tmp_path: Path, told: str):
    return load((), (f'visit.greeting="{told}"',), tmp_path).settings


def test_recording_is_said_and_words_are_for_the_model(tmp_path: Path) -> None:
    path = recorded(tmp_path / "hello.wav")
    assert greeting(str(path)) == b"\1\2" * 12_000
    assert greeting("Greet them.") == "Greet them."
    for told in (str(path), "Greet them.", ""):
        assert list(judge(settings(tmp_path, told))) == []


@pytest.mark.parametrize(
    ("make", "what", "remedy"),
    [
        (lambda path: recorded(path, rate=44_100, channels=2), "44100 Hz, 2 ch", "Convert it: ffm"),
        (lambda path: recorded(path, seconds=31), "31 s", "Cut it to 30 s"),
        (lambda path: path.write_text("hello"), "hello.wav", "Name a WAV file"),
        (lambda path: path.mkdir(), "hello.wav", "Name a WAV file"),
        (lambda path: None, "hello.wav", "Name a WAV file"),
    ],
)
def test_recording_that_cannot_be_played_is_told_with_its_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, make, what: str, remedy: str
) -> None:
    path = tmp_path / "hello.wav"
    make(path)
    (finding,) = judge(settings(tmp_path, str(path)))
    assert finding.where == "visit.greeting"
    assert what in finding.what
    assert remedy in finding.remedy
    assert greeting(str(path)) == ""
    assert what in caplog.text


def test_a_whole_kiosk_greets_at_a_tap(
    concierge: Concierge, visitor_wav: Path, tmp_path: Path
) -> None:
    told = f'visit.greeting="{recorded(tmp_path / "hello.wav")}"'
    with runtime_directory() as runtime:
        kiosk = Kiosk(runtime, concierge.url, visitor_wav, told, "visit.dial=on_press")
        try:
            until(lambda: kiosk.status()["link"]["state"] == "resting")
            assert kiosk.do("press")["ok"]
            assert kiosk.do("release")["ok"]
            until(lambda: kiosk.status()["speaker"]["written"] >= 12_000)
            assert kiosk.up().status()["turns"] == []
        finally:
            kiosk.close()
