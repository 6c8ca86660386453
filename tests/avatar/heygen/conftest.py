"""A stand-in service, and an avatar that speaks through it by the real client."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from kiosk.avatar.base import VOICE_HZ, Lost, Ready, Told, Voice
from kiosk.avatar.heygen.driver import HeyGen
from kiosk.avatar.heygen.liveavatar import Liveavatar
from kiosk.avatar.heygen.streaming import Streaming
from kiosk.avatar.journal import SessionJournal
from kiosk.settings import HeygenSettings, LiveavatarSettings
from tests.support.heygen import KEY, StandIn

PRODUCTS = ("heygen", "liveavatar")


class Talker:
    """An avatar, and what it told."""

    def __init__(self, product: str, service: StandIn, journal: SessionJournal) -> None:
        self.product = product
        self.service = service
        self.journal = journal
        if product == "heygen":
            settings = HeygenSettings(service.url, "anna", "low", "", "", 120)
            self.avatar = HeyGen(Streaming(settings), journal)
        else:
            self.avatar = HeyGen(
                Liveavatar(LiveavatarSettings(service.url, "an-id", "low")), journal
            )
        self.told: list[Told] = []
        self.voice = bytearray()

    def tell(self, told: Told) -> None:
        if isinstance(told, Voice):
            self.voice += told.pcm
        else:
            self.told.append(told)

    @property
    def lost(self) -> Lost | None:
        return next((told for told in self.told if isinstance(told, Lost)), None)

    async def open(self) -> None:
        await self.avatar.open(self.tell)

    async def ready(self) -> None:
        await self.open()
        await reached(lambda: Ready() in self.told)

    def say(self, utterance: int, pcm: bytes) -> None:
        """Hand over speech as fast as Gemini does."""
        for start in range(0, len(pcm), 4800):
            self.avatar.hear(utterance, pcm[start : start + 4800])
        self.avatar.end(utterance)

    def left_open(self) -> list[str]:
        """Sessions that still cost, and those that the journal thinks do."""
        journalled = [entry.session for entry in self.journal.orphans(self.product)]
        return [session.id for session in self.service.open_sessions] + journalled


async def reached(so: Callable[[], object], within_s: float = 15.0) -> None:
    """Wait until it is so."""
    end_s = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < end_s, "it was never so"
        await asyncio.sleep(0.01)


def chirp(seconds: float, from_hz: float = 300, to_hz: float = 2500) -> bytes:
    """Speech that is like itself at one place only: s16le 24 kHz."""
    at_s = np.arange(int(seconds * VOICE_HZ)) / VOICE_HZ
    phase = 2 * np.pi * (from_hz * at_s + (to_hz - from_hz) / (2 * seconds) * at_s**2)
    return (8000 * np.sin(phase)).astype("<i2").tobytes()


def places_of(part: bytes, whole: bytes) -> list[float]:
    """Seconds of `whole` at which `part` is found, by normalised correlation."""
    a = np.frombuffer(part, "<i2").astype(np.float64)
    b = np.frombuffer(bytes(whole), "<i2").astype(np.float64)
    if len(b) < len(a):
        return []
    size = 1 << (len(a) + len(b)).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    product = product[: len(b) - len(a) + 1]
    energy = np.concatenate(([0.0], np.cumsum(b**2)))
    local = np.sqrt(np.maximum(energy[len(a) :] - energy[: -len(a)], 1.0) * np.sum(a**2))
    score = product / local
    found: list[float] = []
    while (best := int(score.argmax())) or score[best] > 0:
        if score[best] < 0.6:
            break
        found.append(best / VOICE_HZ)
        score[max(best - VOICE_HZ // 20, 0) : best + VOICE_HZ // 20] = 0
    return sorted(found)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    for name in ("HEYGEN_API_KEY", "LIVEAVATAR_API_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with StandIn() as standing_in:
        yield standing_in


@pytest.fixture(params=PRODUCTS)
def talker(request: pytest.FixtureRequest, service: StandIn, tmp_path: Path) -> Talker:
    return Talker(request.param, service, SessionJournal(tmp_path))


@pytest.fixture
def heygen(service: StandIn, tmp_path: Path) -> Talker:
    return Talker("heygen", service, SessionJournal(tmp_path))


@pytest.fixture
def liveavatar(service: StandIn, tmp_path: Path) -> Talker:
    return Talker("liveavatar", service, SessionJournal(tmp_path))
