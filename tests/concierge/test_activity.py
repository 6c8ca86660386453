"""Automatic activity detection, on real speech and on what is none."""

import numpy as np
import pytest

from kiosk.concierge.activity import MAX_ACTIVITY_S, ActivityDetector

from .visitor import speech

RATE_HZ = 16_000
SILENCE = bytes(RATE_HZ * 2)


def noise(seconds: float, level_db: float, seed: int = 1) -> bytes:
    amplitude = 32_768 * 10 ** (level_db / 20)
    random = np.random.default_rng(seed)
    return (
        (random.normal(0, amplitude, int(seconds * RATE_HZ)).clip(-32768, 32767))
        .astype("<i2")
        .tobytes()
    )


def mixed(pcm: bytes, other: bytes) -> bytes:
    a, b = np.frombuffer(pcm, "<i2").astype(int), np.frombuffer(other, "<i2")[: len(pcm) // 2]
    return (a + b).clip(-32768, 32767).astype("<i2").tobytes()


def cut(detector: ActivityDetector, pcm: bytes, chunk: int = 640) -> list[bytes]:
    """The activities found in `pcm`, those without an end left out."""
    found: list[bytes] = []
    current = b""
    for at in range(0, len(pcm), chunk):
        for kind, data in detector.feed(pcm[at : at + chunk]):
            if kind == "start":
                current = b""
            elif kind == "audio":
                current += data
            else:
                found.append(current)
    return found


@pytest.mark.parametrize("chunk", [100, 640, 3200, 1 << 20])
def test_two_questions_are_two_activities(chunk: int) -> None:
    first, second = speech("where are the toilets"), speech("how much is a ticket")
    detector = ActivityDetector(RATE_HZ, silence_ms=600)
    found = cut(detector, first + SILENCE + second + SILENCE, chunk)
    assert len(found) == 2
    for activity, whole in zip(found, (first, second), strict=True):
        spoken = len(whole) - RATE_HZ  # speech() puts half a second of silence around
        assert spoken * 0.8 < len(activity) < len(whole) + RATE_HZ * 2


def test_the_beginning_is_not_lost() -> None:
    pcm = SILENCE + speech("where are the toilets") + SILENCE
    (activity,) = cut(ActivityDetector(RATE_HZ, prefix_ms=300), pcm)
    begin = pcm.index(activity)
    samples = np.abs(np.frombuffer(pcm, "<i2"))
    assert begin // 2 < np.argmax(samples > 300)


def test_speech_is_found_in_noise() -> None:
    pcm = noise(2, -45) + mixed(speech("where are the toilets"), noise(4, -45)) + noise(3, -45)
    assert len(cut(ActivityDetector(RATE_HZ), pcm)) == 1


@pytest.mark.parametrize("pcm", [SILENCE * 5, noise(5, -60), noise(5, -70), b""])
def test_a_quiet_room_is_no_speech(pcm: bytes) -> None:
    assert cut(ActivityDetector(RATE_HZ), pcm) == []


def test_a_click_is_no_speech() -> None:
    click = noise(0.04, -10)
    assert cut(ActivityDetector(RATE_HZ), SILENCE + click + SILENCE) == []


def test_a_low_sensitivity_wants_louder_speech() -> None:
    def quiet(decibels: float) -> bytes:
        samples = np.frombuffer(speech("where are the toilets"), "<i2") * 10 ** (decibels / 20)
        return mixed(noise(1, -50) + samples.astype("<i2").tobytes() + SILENCE, noise(6, -50))

    pcm = quiet(-20)
    high = cut(ActivityDetector(RATE_HZ, "HIGH"), pcm)
    low = cut(ActivityDetector(RATE_HZ, "LOW"), pcm)
    assert len(high) == 1
    assert sum(map(len, low)) < sum(map(len, high))


def test_a_low_end_sensitivity_bears_with_quiet_words() -> None:
    """Between two words that are loud, somebody mumbles."""
    word = np.tile(np.array([3000, -3000], "<i2"), RATE_HZ // 4).tobytes()
    pcm = word + noise(0.8, -37, 2) + word
    pcm = noise(1, -50) + pcm + noise(2, -50)
    assert len(cut(ActivityDetector(RATE_HZ, "LOW", end_sensitivity="HIGH"), pcm)) == 2
    assert len(cut(ActivityDetector(RATE_HZ, "LOW", end_sensitivity="LOW"), pcm)) == 1


def test_the_end_of_the_stream_ends_an_activity() -> None:
    detector = ActivityDetector(RATE_HZ)
    assert cut(detector, speech("where are the toilets")[:-16_000]) == []
    assert [kind for kind, _ in detector.flush()] == ["audio", "end"]
    assert list(detector.flush()) == []


def test_endless_noise_ends() -> None:
    loud = np.tile(
        np.array([8000, -8000], "<i2"), int(RATE_HZ * (MAX_ACTIVITY_S + 2)) // 2
    ).tobytes()
    found = cut(ActivityDetector(RATE_HZ), SILENCE + loud, 6400)
    assert len(found) == 1
    assert len(found[0]) / 2 / RATE_HZ < MAX_ACTIVITY_S + 0.5
