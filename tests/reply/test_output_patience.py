"""Whom the reply output blames, when a voice of its own has spoken, and who may call it when."""

import numpy as np
import pytest

from kiosk.reply.output import PARAPHRASE_PACE, ReplyOutput
from tests.support.spoken_reply import RATE, FakeCloud, OwnVoice, Room, reply, sounding


class TestPatience:
    """An avatar is blamed for its own silence alone."""

    def test_words_before_the_sound_are_not_awaited(self):
        room = Room(FakeCloud())
        room.output.feed_text(1, "Good day.")
        room.run(3)
        assert room.output.waited_s() == 0
        room.cloud.stalled = True
        room.output.play(1, reply(1.0).tobytes())
        room.run(0.5)
        assert room.output.waited_s() == pytest.approx(0.5, abs=0.02)

    def test_nor_is_a_reply_that_begins_with_silence(self):
        room = Room(FakeCloud())
        room.output.play(1, reply(4.0, ((0.0, 2.5),)).tobytes())
        for _ in range(350):
            room.run(0.01)
            assert room.output.waited_s() < 0.3

    def test_a_silent_reply_is_the_boards(self):
        room = Room(FakeCloud())
        room.output.play(1, bytes(RATE))
        room.output.end_of_reply()
        room.run(1)
        assert not room.output.speaking
        assert room.output.waited_s() == 0

    @pytest.mark.cloud
    @pytest.mark.parametrize("first_s", [0.02, 0.35, 1.75, 2.15])
    def test_a_source_that_pauses_is_waited_for(self, first_s):
        from tests.support.paced import Paced

        room = Room(Paced())
        pcm = reply(first_s + 1)
        first = round(first_s * RATE)
        room.output.play(1, pcm[:first].tobytes())
        for _ in range(300):
            room.run(0.01)
            assert room.output.waited_s() < 0.6
        room.output.play(1, pcm[first:].tobytes())
        room.output.end_of_reply()
        room.run(3)
        assert np.array_equal(sounding(room.heard()), pcm)
        assert not room.output.speaking


class TestOwnVoice:
    def said(self, room: Room, words: int = 1) -> np.ndarray:
        room.output.feed_text(words, "words")
        room.output.play(words, reply(6.0).tobytes())
        room.output.end_of_reply()
        return np.full(2 * RATE, 1000 * words, "<i2")

    def test_it_may_draw_breath(self):
        room = Room(OwnVoice())
        voice = self.said(room)
        room.cloud.say(np.concatenate([voice, np.zeros(5 * RATE, "<i2"), voice]))
        room.run(10)
        assert len(sounding(room.heard())) == 4 * RATE
        room.output.idle(1)
        room.run(0.6)
        assert not room.output.speaking

    def test_its_end_may_be_told_before_its_last_words(self):
        room = Room(OwnVoice(delay_frames=40))
        voice = self.said(room)
        room.cloud.say(np.concatenate([voice, np.zeros(RATE // 5, "<i2"), voice]))
        room.run(2.5)
        room.output.idle(1)
        room.run(3)
        assert len(sounding(room.heard())) == 4 * RATE
        assert not room.output.speaking

    def test_one_that_never_tells_its_end_is_over_at_last(self):
        room = Room(OwnVoice())
        room.cloud.say(self.said(room))
        room.run(11)
        assert not room.output.speaking

    def test_without_words_it_is_the_boards(self):
        room = Room(OwnVoice())
        pcm = reply(1.0)
        room.output.play(1, pcm.tobytes())
        assert room.output.waited_s() == 0
        room.output.end_of_reply()
        room.run(2)
        assert np.array_equal(room.heard(), pcm)

    @pytest.mark.parametrize("delay_frames", [20, 300])
    def test_a_barge_in_over_a_late_stream(self, delay_frames):
        """What was on its way is not heard as the next answer, and that one is."""
        room = Room(OwnVoice(delay_frames))
        room.cloud.say(np.tile(self.said(room), 3))
        room.run(delay_frames / 100 + 1)
        room.output.hold()
        room.run(0.2)
        room.output.discard()
        before = len(room.heard())
        room.run(1.2)
        voice = self.said(room, 2)
        room.run(0.8)
        room.cloud.say(voice)
        room.run(delay_frames / 100 + 3)
        assert np.array_equal(sounding(room.heard()[before:]), voice)

    def test_how_fast_it_speaks_is_learnt_and_the_board_says_so_much_less_again(self):
        again_s = []
        for learnt in (False, True):
            room = Room(OwnVoice())
            if learnt:
                # Of a reply of 6 s, in 6.6 s of its own.
                self.said(room)
                room.cloud.say(np.full(round(6.6 * RATE), 1000, "<i2"))
                room.run(7)
                room.output.idle(1)
                room.run(1)
            room.output.feed_text(2, "words")
            room.output.play(2, reply(6.0).tobytes())
            room.cloud.say(np.full(round(6.6 * RATE), 1000, "<i2"))
            room.run(3.5)
            before = len(sounding(room.heard()))
            said_s = 3.3 / 6.6 * 6.0
            room.output.take_over()
            room.dead = True
            room.run(6)
            rest_s = (len(sounding(room.heard())) - before) / RATE
            again_s.append(rest_s - (6.0 - said_s))
        assert again_s[0] > again_s[1] > 0
        assert again_s[1] < 0.7

    def test_one_that_was_cut_off_teaches_nothing(self):
        room = Room(OwnVoice())
        self.said(room)
        room.cloud.say(np.full(RATE, 1000, "<i2"))
        room.run(2)
        room.output.discard()
        first = room.output.place(room.now_s).written
        room.run(2)
        room.output.feed_text(2, "words")
        room.output.play(2, reply(6.0).tobytes())
        room.cloud.say(np.full(3 * RATE, 1000, "<i2"))
        room.run(2.2)
        room.output.take_over()
        assert room.output.playhead - first == pytest.approx(
            2.0 * PARAPHRASE_PACE * RATE, abs=0.2 * RATE
        )


class TestCalls:
    def test_an_avatar_that_tells_at_once_is_asked_last(self):
        """`interrupt` and `end` may call back before they return."""
        room = Room(FakeCloud())
        seen = []

        def interrupt() -> None:
            seen.append((room.output.streaming, room.output.playhead))
            room.output.idle(1)

        room.cloud.interrupt = interrupt
        room.output.play(1, reply(2.0).tobytes())
        room.run(1)
        room.output.discard()
        end = room.output.place(room.now_s).written
        assert seen == [(False, end)]
        ends = room.speaker.ends
        room.run(1)
        assert room.speaker.ends == ends == 0

    @pytest.mark.parametrize("change", ["finish", "take_over", "discard"])
    def test_the_drawing_thread_never_sees_a_place_of_before(self, change):
        """It may look between any two lines of ours."""
        seen = []

        class Watched(ReplyOutput):
            def __setattr__(self, name: str, value: object) -> None:
                super().__setattr__(name, value)
                if name == "_streamed" and value is None and "_leftover" in self.__dict__:
                    seen.append(self.playhead)

        room = Room(FakeCloud())
        room.output = Watched(room.speaker, room.cloud)
        room.output.on_air = True
        room.output.begin(0.0)
        # The stream's silences make the ring longer than the reply.
        for utterance in (1, 2):
            room.output.play(utterance, reply(1.0, ((0.0, 0.4),), utterance).tobytes())
            room.output.end_of_reply()
            room.run(2)
        room.output.play(3, reply(1.0).tobytes())
        seen.clear()
        if change == "finish":
            room.output.end_of_reply()
            room.run(2)
        else:
            room.run(0.6)
            room.output.take_over() if change == "take_over" else room.output.discard()
            assert seen[-1] == room.output.playhead
        assert len(seen) == 1
        assert 2 * RATE <= seen[0] <= 3 * RATE
