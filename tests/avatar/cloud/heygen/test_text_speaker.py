import asyncio

from kiosk.avatar.cloud.heygen import text_speaker as text_speaker_module
from kiosk.avatar.cloud.heygen.refusals import TooEarlyError
from kiosk.avatar.cloud.heygen.session_events import ReplyEnded, ReplyStarted
from kiosk.avatar.cloud.heygen.text_speaker import TextSpeaker, sentences
from kiosk.avatar.cloud.heygen.vendor_api import SpeakTask
from tests.avatar.cloud.heygen.conftest import reached


def test_whole_sentences_are_cut_off() -> None:
    assert sentences("Hello there. How are") == (["Hello there."], "How are")
    assert sentences("It costs 3.5 euros") == ([], "It costs 3.5 euros")
    assert sentences("At 3.") == ([], "At 3.")
    assert sentences("你好。请问") == (["你好。"], "请问")
    assert sentences('"Yes!" she said. ') == (['"Yes!"', "she said."], "")


def test_nothing_is_longer_than_is_taken() -> None:
    done, rest = sentences("word " * 450)
    assert [len(piece) for piece in done] == [999, 999]
    assert " ".join([*done, rest.strip()]) == ("word " * 450).strip()
    assert [len(piece) for piece in sentences("x" * 2500)[0]] == [1000, 1000]


class Front:
    """Only what a speaker uses."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.refusals = 0

    async def say(self, text: str) -> SpeakTask:
        if self.refusals:
            self.refusals -= 1
            raise TooEarlyError("not yet")
        self.said.append(text)
        return SpeakTask(f"t{len(self.said)}", 0.0)


async def test_sentence_after_sentence() -> None:
    front, told, failures = Front(), [], []
    front.refusals = 1
    speaker = TextSpeaker(front.say, told.append, failures.append)
    task = asyncio.create_task(speaker.run())
    speaker.feed_text(1, "One. Two")
    await reached(lambda: front.said)
    await asyncio.sleep(0.05)
    assert front.said == ["One."], "the second waits for the first"
    speaker.end_reply(1)
    speaker.stopped("t1")
    await reached(lambda: len(front.said) == 2)
    speaker.stopped("of another")
    speaker.stopped("t2")
    await reached(lambda: len(told) == 2)
    task.cancel()
    assert front.said == ["One.", "Two"]
    assert told == [ReplyStarted(reply=1), ReplyEnded(reply=1)]
    assert not failures


async def test_a_late_end_of_one_sentence_is_not_that_of_the_next() -> None:
    """It comes while the next one's call is under way, and its id is not known yet."""
    front, told = Front(), []
    asked, answer = asyncio.Event(), asyncio.Event()
    say = front.say

    async def slowly(text: str) -> SpeakTask:
        asked.set()
        await answer.wait()
        return await say(text)

    speaker = TextSpeaker(slowly, told.append, lambda _: None)
    task = asyncio.create_task(speaker.run())
    speaker.feed_text(1, "One. Two. Three. ")
    await asyncio.wait_for(asked.wait(), 5)
    speaker.stopped("t0")
    answer.set()
    await reached(lambda: front.said)
    await asyncio.sleep(0.05)
    assert front.said == ["One."]
    # Its own end, told before its id was.
    answer.clear()
    asked.clear()
    speaker.stopped("t1")
    await asyncio.wait_for(asked.wait(), 5)
    speaker.stopped("t2")
    answer.set()
    await reached(lambda: front.said == ["One.", "Two.", "Three."])
    task.cancel()


async def test_an_interruption_forgets_the_rest() -> None:
    front, told, failures = Front(), [], []
    speaker = TextSpeaker(front.say, told.append, failures.append)
    task = asyncio.create_task(speaker.run())
    speaker.feed_text(1, "One. Two. Three. ")
    await reached(lambda: front.said)
    speaker.interrupt()
    speaker.feed_text(1, "Four. ")
    speaker.feed_text(2, "Five. ")
    await reached(lambda: len(front.said) == 2)
    task.cancel()
    assert front.said == ["One.", "Five."]


async def test_words_that_are_refused_are_told(monkeypatch) -> None:
    monkeypatch.setattr(text_speaker_module, "RETRY_DELAYS_S", (0.01, 0.01))
    front, told, failures = Front(), [], []
    front.refusals = 9
    speaker = TextSpeaker(front.say, told.append, failures.append)
    speaker.feed_text(1, "One. ")
    await asyncio.wait_for(speaker.run(), 10)
    assert failures == ["not yet"]
