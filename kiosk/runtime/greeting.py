"""How who comes and says nothing is greeted: a recording of the house, or words for the model."""

import logging
from collections.abc import Iterator
from pathlib import Path

from kiosk.audio import wav
from kiosk.formats import REPLY_HZ, SAMPLE_BYTES
from kiosk.settings.findings import Finding
from kiosk.settings.types import Settings

log = logging.getLogger("kiosk")

MAX_S = 30.0
"""Of a recording: a greeting, not a tour."""


def greeting(told: str) -> bytes | str:
    """What is said: PCM s16le mono 24 kHz, or what the model is to do; empty for nothing.

    Args:
        told: `visit.greeting`. A recording that cannot be used is told, and nothing is said.
    """
    if not told.startswith("/"):
        return told
    try:
        return _recording(Path(told))
    except (OSError, ValueError) as error:
        log.warning("visit.greeting: %s. Nobody is greeted", error)
        return ""


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `visit.greeting`."""
    told = settings.visit.greeting
    if told.startswith("/"):
        try:
            _recording(Path(told))
        except (OSError, ValueError) as error:
            what, _, remedy = str(error).partition(". ")
            yield Finding("visit.greeting", what, remedy or "Name a WAV file that can be read")


def _recording(path: Path) -> bytes:
    try:
        found = wav.inspect(path)
    except ValueError as error:
        raise ValueError(f"{path}: {error}. Name a WAV file") from None
    if (found.rate, found.channels, found.width) != (REPLY_HZ, 1, SAMPLE_BYTES):
        raise ValueError(
            f"{path} has {found.rate} Hz, {found.channels} channels and {8 * found.width} bits"
            f" a sample. Convert it: ffmpeg -i {path.name} -ar {REPLY_HZ} -ac 1 greeting.wav"
        )
    if (seconds := found.frames / REPLY_HZ) > MAX_S:
        raise ValueError(f"{path} lasts {seconds:.0f} s. Cut it to {MAX_S:g} s")
    return found.pcm()
