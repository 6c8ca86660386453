"""The recogniser by itself: what it hears depends on nothing but the sound."""

import pytest

from kiosk.concierge.recogniser import Recogniser
from kiosk.concierge.recogniser_pipe import Feed, Recognised

from .visitor import speech

ENTRIES = [[["where", "are", "the", "toilets"]], [["how", "much", "is", "a", "ticket"]]]
TOILETS = speech("where are the toilets")
TICKET = speech("how much is a ticket", "en-gb")


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(ENTRIES)


def hear(recogniser: Recogniser, number: int, pcm: bytes, chunk: int = 640) -> str:
    for at in range(0, len(pcm), chunk):
        assert recogniser.feed(Feed(number, pcm[at : at + chunk])) is None
    heard = recogniser.feed(Feed(number, b"", end=True))
    assert heard
    return heard.text


def test_the_same_sound_is_heard_the_same_whatever_came_before(recogniser: Recogniser) -> None:
    strange = speech("my grandmother lives in chicago", "en-us+m3")
    first = [hear(recogniser, 1, strange), hear(recogniser, 2, TOILETS)]
    hear(recogniser, 3, TICKET)
    assert [hear(recogniser, 4, strange), hear(recogniser, 5, TOILETS)] == first
    assert first[1] == "where are the toilets"


def test_two_utterances_at_once_do_not_mix(recogniser: Recogniser) -> None:
    half = len(TOILETS) // 4 * 2
    recogniser.feed(Feed(1, TOILETS[:half]))
    recogniser.feed(Feed(2, TICKET))
    recogniser.feed(Feed(1, TOILETS[half:]))
    assert recogniser.feed(Feed(2, b"", end=True)) == Recognised(2, "how much is a ticket")
    assert recogniser.feed(Feed(1, b"", end=True)) == Recognised(1, "where are the toilets")


def test_what_is_dropped_leaves_no_trace(recogniser: Recogniser) -> None:
    recogniser.feed(Feed(7, TICKET))
    assert recogniser.feed(Feed(7, b"", drop=True)) is None
    assert recogniser.feed(Feed(8, b"", drop=True)) is None
    assert hear(recogniser, 7, TOILETS) == "where are the toilets"


def test_silence_and_nothing_are_heard_as_nothing(recogniser: Recogniser) -> None:
    assert hear(recogniser, 1, b"") == ""
    assert hear(recogniser, 2, bytes(32_000)) == ""


def test_words_without_a_pronunciation_are_named() -> None:
    recogniser = Recogniser([[["the", "qwrtz", "toilets"]], [["xyzzyx"]]])
    assert recogniser.unknown == ["qwrtz", "xyzzyx"]
    assert "toilets" in hear(recogniser, 1, TOILETS)
