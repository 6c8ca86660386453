"""A film of drawn frames and both sides' sound."""

import wave
from pathlib import Path

import pygame
import pytest

from kiosk.demo.film import FRAMES_PER_S, LONG_SIDE_PX, Film
from kiosk.formats import REPLY_HZ

av = pytest.importorskip("av", reason="PyAV encodes the film")


def silence(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, REPLY_HZ, 0, "NONE", ""))
        out.writeframes(bytes(4 * int(seconds * REPLY_HZ)))
    return path


def test_a_film_has_the_frames_at_its_rate_and_the_sound(tmp_path: Path) -> None:
    film = Film(tmp_path / "frames")
    surface = pygame.Surface((1280, 720))
    for step in range(60):  # A second of a screen that draws sixty times in it.
        film.take(surface, 100.0 + step / 60)
    film.close()
    film.encode(silence(tmp_path / "sound.wav", 1.0), 100.0, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as made:
        picture, voice = made.streams.video[0], made.streams.audio[0]
        assert (picture.width, picture.height) == (LONG_SIDE_PX, 360)
        assert 0 < picture.frames <= FRAMES_PER_S
        assert voice.sample_rate == REPLY_HZ
    assert not (tmp_path / "frames").exists()


def test_without_a_frame_there_is_no_film(tmp_path: Path) -> None:
    film = Film(tmp_path / "frames")
    film.close()
    film.encode(silence(tmp_path / "sound.wav", 0.1), 0.0, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()
