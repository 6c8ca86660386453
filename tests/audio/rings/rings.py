"""Rings for tests, and samples that say where they belong."""

from pathlib import Path

from kiosk.audio import memory
from kiosk.audio.rings.mapped import HEADER
from kiosk.audio.rings.ring import MicrophoneRing

SPAN_S = 1.0  # two grains: 16384 samples


def make(directory: Path, kind: type = MicrophoneRing, name: str = "a.ring"):
    ring, reason = kind.obtain(directory / name, SPAN_S, memory.punch)
    assert reason is None
    return ring


def payload(path: Path) -> bytes:
    return path.read_bytes()[HEADER:]


def samples(start: int, n: int) -> bytes:
    """Samples that say where they belong, and are never zero."""
    return b"".join((1 + (start + i) % 30000).to_bytes(2, "little") for i in range(n))
