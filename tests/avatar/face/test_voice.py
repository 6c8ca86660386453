"""What is heard of the reply: loudness, stressed syllables, ends of phrases."""

from math import inf

import numpy as np
import pytest

from kiosk.avatar.face.voice import Prosody, ReplyListener, prosody
from kiosk.formats import REPLY_HZ
from tests.support.screen import FakeSenses, vowel

WINDOW = round(1.2 * REPLY_HZ)


def sound(*parts: tuple[float, float]) -> bytes:
    """A vowel of some loudness for some seconds, and so on; the last 1.2 s of it."""
    pieces = []
    for seconds, level in parts:
        samples = np.frombuffer(vowel(round(seconds * REPLY_HZ)), "<i2") * level
        pieces.append(samples.astype("<i2").tobytes())
    whole = b"".join(pieces)
    return whole[-2 * WINDOW :].rjust(2 * WINDOW, b"\0")


def test_silence_is_nothing():
    assert prosody(bytes(2 * WINDOW)) == Prosody(0.0, 0.0, inf)


def test_a_loud_syllable_stands_out_of_its_phrase():
    even = prosody(sound((1.2, 0.3)))
    stressed = prosody(sound((1.0, 0.2), (0.2, 0.8)))
    assert even.loud > 0.2
    assert even.stress < 0.1
    assert stressed.stress > 0.6


def test_a_phrase_ends_where_a_long_enough_pause_begins():
    assert prosody(sound((0.8, 0.5), (0.4, 0))).phrase_end_s == pytest.approx(0.4, abs=0.02)
    assert prosody(sound((0.8, 0.5), (0.1, 0))).phrase_end_s == inf, "a stop within a word"
    after = prosody(sound((0.5, 0.5), (0.3, 0), (0.2, 0.5)))
    assert after.phrase_end_s == pytest.approx(0.5, abs=0.02), "counted on when the voice goes on"


def test_a_reply_that_has_ended_ends_its_phrase():
    """The playhead stands: time goes on all the same."""
    heard = sound((1.1, 0.5), (0.05, 0))
    assert prosody(heard).phrase_end_s == inf
    assert prosody(heard, still_s=0.2).phrase_end_s == pytest.approx(0.25, abs=0.02)


def test_neither_loudness_nor_stress_jumps():
    """Brows that followed every sample would twitch: a step is 10 ms."""
    dice = np.random.default_rng(7)
    parts = [
        (float(dice.uniform(0.05, 0.3)), float(dice.choice([0, 0.1, 0.4, 1]))) for _ in range(40)
    ]
    pieces = [np.frombuffer(vowel(round(s * REPLY_HZ)), "<i2") * level for s, level in parts]
    whole = np.concatenate(pieces).astype("<i2")
    senses, ear = FakeSenses(whole.tobytes()), ReplyListener()
    heard = []
    for at in range(WINDOW, whole.size, 240):
        senses.at = at
        voice = ear.voice(senses, at / REPLY_HZ)
        heard.append((voice.loud, voice.stress))
    steps = np.abs(np.diff(np.array(heard), axis=0))
    assert steps.max() < 0.15
    assert np.array(heard)[:, 1].max() > 0.5, "and yet they move"


def test_what_is_heard_does_not_depend_on_what_was_asked_before():
    """At 30 frames a second, at 7, or at once: the same place sounds the same."""
    dice = np.random.default_rng(3)
    parts = [(float(dice.uniform(0.05, 0.3)), float(dice.choice([0, 0.2, 1]))) for _ in range(20)]
    senses = FakeSenses(b"".join(sound(part)[-2 * round(part[0] * REPLY_HZ) :] for part in parts))

    def at(ear: ReplyListener, place: int) -> object:
        senses.at = place
        return ear.voice(senses, place / REPLY_HZ)

    often, seldom = ReplyListener(), ReplyListener()
    for frame in range(30, 90):
        place = frame * REPLY_HZ // 30
        heard = at(often, place)
        assert heard == at(ReplyListener(), place)
        if frame % 5 == 0:
            assert heard == at(seldom, place)
