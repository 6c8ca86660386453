"""`kiosk config check` of sound: files, cards and devices."""

import os
import sys
from pathlib import Path

import pytest

from kiosk.audio import audio_check
from kiosk.audio.process.devices import on_card
from kiosk.settings.layers import load
from tests.support.installed import house, told, write

__all__ = ["house"]


@pytest.fixture
def asound(tmp_path: Path) -> Path:
    """Card 1 records with device 0, and is in use."""
    (tmp_path / "card1" / "pcm0c").mkdir(parents=True)
    (tmp_path / "Device").symlink_to("card1")
    write(tmp_path / "cards", " 1 [Device         ]: USB-Audio - USB PnP Sound Device\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Device", None),
        ("USB PnP", None),
        ("Gone", 'no device is named "Gone"; there are: "pulse". Plug it in, or name another one;'
         " ids of the cards here: Device"),
        ("plughw:CARD=Device,DEV=3", "has no microphone there"),
        ("pulse", None),
    ],
)  # fmt: skip
def test_a_microphone_that_this_machine_has_or_has_not(
    asound: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str | None
) -> None:
    monkeypatch.setattr(
        audio_check, "_listed", lambda many: [audio_check.Device(0, "pulse", 32, 48000)]
    )
    settings = load(overrides=[f'audio.input="{name}"', "audio.output=null"], system=None).settings
    lines = [finding.line() for finding in audio_check.judge(settings, asound)]
    if says is None:
        assert lines == []
    else:
        assert says in lines[0]
        assert lines[0].startswith("warning [this machine]: audio.input: ")


@pytest.mark.parametrize(
    ("name", "way", "known"),
    [
        ("Device", "capture", True),
        ("Device", "playback", False),
        ("plughw:CARD=Device,DEV=0", "capture", True),
        ("plughw:CARD=Device,DEV=1", "capture", False),
        ("hw:Device", "capture", True),
        ("hw:Gone", "capture", None),
        ("pulse", "capture", None),
        ("default", "capture", None),
    ],
)
def test_the_kernel_knows_a_card_that_is_in_use(
    asound: Path, name: str, way: str, known: bool | None
) -> None:
    assert on_card(name, way, asound) is known  # type: ignore[arg-type]


def test_portaudio_is_asked_in_a_process_of_its_own(asound: Path) -> None:
    """With whatever this machine has."""
    assert all(device.channels > 0 for device in audio_check._listed("inputs"))
    assert "pyaudio" not in sys.modules


def test_a_recording_that_cannot_be_played(house: Path) -> None:
    gone = told("audio.input=file:/nope.wav?loop=1")
    assert gone.startswith("error: audio.input: cannot play /nope.wav: No such file")
    mp3 = write(house / "a.mp3", "ID3 and so on, no WAV at all")
    assert "it is not a WAV file. Expected a WAV of PCM" in told(f"audio.input=file:{mp3}")
    os.mkfifo(house / "pipe")
    assert "it is not a file" in told(f"audio.input=file:{house}/pipe")
    assert "cannot write /nope/x.wav. Expected a file" in told("audio.output=file:/nope/x.wav")
