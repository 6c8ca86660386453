"""Pieces in order, a stream that is closed, and an interruption that nothing slips by."""

import asyncio

import pytest

from kiosk.avatar.cloud.avatarim.control import ControlApiError
from kiosk.avatar.cloud.avatarim.transcript_speaker import NOTHING, TranscriptSpeaker


class FakeTexts:
    """A control API that can be held."""

    def __init__(self) -> None:
        self.said: list[tuple] = []
        self.codes: set[str] = set()
        self.go = asyncio.Event()
        self.go.set()
        self.fails = False

    async def send_text(self, session_id, text, *, code, index, position, interrupt):
        if self.fails:
            raise ControlApiError("SendText: no")
        await self.go.wait()
        self.said.append((text, index, position, interrupt))
        self.codes.add(code)

    async def send_command(self, session_id, command, code):
        self.said.append((command,))


class Spoken:
    def __init__(self) -> None:
        self.texts = FakeTexts()
        self.troubles: list[ControlApiError] = []
        self.speech = TranscriptSpeaker(self.texts, "S", self.troubles.append)

    async def settle(self) -> list[tuple]:
        for _ in range(30):
            await asyncio.sleep(0)
        said, self.texts.said = self.texts.said, []
        return said


@pytest.fixture
async def it():
    spoken = Spoken()
    yield spoken
    await spoken.speech.close()


async def test_a_stream_of_pieces(it):
    it.speech.feed_text(1, "Good morning, the museum opens at nine")
    assert await it.settle() == [("Good morning,", 0, "start", True)]
    it.speech.feed_text(1, " o'clock. Until five")
    assert await it.settle() == [(" the museum opens at nine o'clock.", 1, "mid", False)]
    assert not it.speech.sent
    it.speech.end_reply(1)
    assert await it.settle() == [(" Until five", 2, "end", False)]
    assert it.speech.sent
    assert len(it.texts.codes) == 1


@pytest.mark.parametrize(("text", "piece"), [("Yes.", "Yes."), ("Good day, ", "Good day,")])
async def test_a_stream_is_always_closed(it, text, piece):
    it.speech.feed_text(1, text)
    it.speech.end_reply(1)
    assert await it.settle() == [(piece, 0, "start", True), (NOTHING, 1, "end", False)]


async def test_a_reply_without_words_says_nothing(it):
    it.speech.feed_text(1, " ")
    it.speech.end_reply(1)
    assert await it.settle() == []


async def test_the_next_reply_closes_the_one_before(it):
    it.speech.feed_text(1, "One, two, three")
    it.speech.feed_text(2, "Another sentence. ")
    said = await it.settle()
    assert [piece[2] for piece in said] == ["start", "end", "start"]
    assert len(it.texts.codes) == 2


async def test_an_interruption_drops_what_waits(it):
    it.texts.go.clear()
    it.speech.feed_text(1, "First piece here. Second piece is here. Third one is here. ")
    await asyncio.sleep(0)
    it.speech.interrupt()
    it.speech.feed_text(1, "Late scrap of the same. ")
    assert await it.settle() == [("INTERRUPT",)]  # At once, though a piece is in flight,
    it.texts.go.set()
    assert await it.settle() == [
        ("First piece here.", 0, "start", True),
        ("INTERRUPT",),
    ]  # and after.
    it.speech.feed_text(2, "The next answer. ")
    assert await it.settle() == [("The next answer.", 0, "start", True)]


async def test_interrupted_twice_the_same_is_dropped(it):
    it.speech.feed_text(1, "First piece here. ")
    await it.settle()
    it.speech.interrupt()
    it.speech.interrupt()
    it.speech.feed_text(1, "Late scrap of the same. ")
    assert await it.settle() == [("INTERRUPT",)]


async def test_trouble_is_told_once(it):
    it.texts.fails = True
    it.speech.feed_text(1, "First piece here. Second piece is here. ")
    await it.settle()
    assert [str(error) for error in it.troubles] == ["SendText: no"]
