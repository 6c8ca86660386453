"""A stand-in service, and an avatar that speaks through it by the real client."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from kiosk.avatar.cloud.heygen.driver import HeyGen, liveavatar_api, streaming_api
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.interface import AvatarAudio, AvatarEvent, Lost, Ready
from kiosk.formats import REPLY_HZ
from kiosk.settings.types import HeygenSettings, LiveavatarSettings
from tests.support.heygen import StandIn
from tests.support.heygen_rest import KEY

PRODUCTS = ("heygen", "liveavatar")


class Talker:
    """An avatar, and what it told."""

    def __init__(self, product: str, service: StandIn, journal: SessionJournal) -> None:
        self.product = product
        self.service = service
        self.journal = journal
        if product == "heygen":
            settings = HeygenSettings(service.url, "anna", "low", "", "", 120)
            self.avatar = HeyGen(streaming_api(settings), journal)
        else:
            self.avatar = HeyGen(
                liveavatar_api(LiveavatarSettings(service.url, "an-id", "low")), journal
            )
        self.told: list[AvatarEvent] = []
        self.voice = bytearray()

    def tell(self, told: AvatarEvent) -> None:
        if isinstance(told, AvatarAudio):
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
            self.avatar.feed_audio(utterance, pcm[start : start + 4800])
        self.avatar.end_reply(utterance)

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


def speech(seconds: float, seed: int = 1) -> bytes:
    """Noise of a voice's band, like itself at one place only: s16le 24 kHz."""
    size = int(seconds * REPLY_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=size))
    hz = np.fft.rfftfreq(size, 1 / REPLY_HZ)
    spectrum[(hz < 300) | (hz > 2500)] = 0
    wave = np.fft.irfft(spectrum, size)
    return (5000 * wave / wave.std()).clip(-30_000, 30_000).astype("<i2").tobytes()


def heard_once(said: bytes, voice: bytes | bytearray) -> bool:
    """Whether all of what was said is in the voice, in order, once.

    In parts of 200 ms: between them the receiver may stretch time by some milliseconds.
    """
    size = REPLY_HZ // 5 * 2
    parts = [said[n : n + size] for n in range(0, len(said) - size + 1, size)]
    places = [_places(part, bytes(voice)) for part in parts]
    if any(len(found) != 1 for found in places):
        return False
    starts = [found[0] - n * 0.2 for n, found in enumerate(places)]
    return max(starts) - min(starts) < 0.05


def _places(part: bytes, whole: bytes) -> list[float]:
    """Seconds of `whole` at which `part` is found, by normalised correlation."""
    a = np.frombuffer(part, "<i2").astype(np.float64)
    b = np.frombuffer(whole, "<i2").astype(np.float64)
    if len(b) < len(a):
        return []
    size = 1 << (len(a) + len(b)).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(b**2)))
    local = np.sqrt(np.maximum(energy[len(a) :] - energy[: -len(a)], 1e6) * np.sum(a**2))
    score = product[: len(local)] / local
    found: list[float] = []
    while score[best := int(score.argmax())] > 0.5:
        found.append(best / REPLY_HZ)
        score[max(best - REPLY_HZ // 50, 0) : best + REPLY_HZ // 50] = 0
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
