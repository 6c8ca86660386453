"""The reply is heard once and whole, whoever speaks it and wherever the avatar fails.

The ring and its clock are simulated: see `tests.support.spoken_reply`.
"""

import random

import numpy as np
import pytest

from kiosk.avatar.echo import FRAME_SAMPLES
from kiosk.reply.output import OVERLAP_SAMPLES
from tests.support.spoken_reply import RATE, FakeCloud, Room, reply, seam, sounding

REPEAT_MOST = round(0.3 * RATE)


class TestOwnFace:
    def test_the_count_is_the_rings(self):
        room = Room()
        pcm = reply(1.0)
        room.output.play(1, pcm.tobytes())
        room.output.end_of_reply()
        room.run(0.5)
        assert room.output.playhead == room.speaker.reply.heard == 12_000
        assert room.output.read_reply(100, 200) == pcm[100:200].tobytes()
        assert room.output.speaking
        room.run(1)
        assert not room.output.speaking
        assert np.array_equal(room.heard(), pcm)

    def test_after_a_discard_the_count_goes_on_at_the_ring(self):
        room = Room()
        room.output.play(1, reply(1.0).tobytes())
        room.output.discard()
        assert room.output.place(room.now_s).written == RATE
        assert not room.output.speaking

    def test_an_avatar_that_is_not_on_air_is_not_spoken_to(self):
        room = Room(FakeCloud(), on_air=False)
        room.output.play(1, reply(0.5).tobytes())
        room.output.feed_text(1, "words")
        room.output.on_air = True  # too late for this utterance
        room.output.play(1, reply(0.5, seed=2).tobytes())
        room.run(1.5)
        assert not room.cloud.pcm
        assert not room.cloud.words
        assert len(room.heard()) == RATE


class TestStream:
    def test_the_echo_is_heard_and_counted(self):
        room = Room(FakeCloud())
        pcm = reply(2.0, ((0.0, 0.1), (0.8, 1.3)))
        room.output.play(1, pcm.tobytes())
        room.output.end_of_reply()
        room.run(0.15)
        assert room.output.playhead == 0, "nothing came back yet"
        room.run(0.75)
        sounded = len(sounding(room.heard()))
        said = np.flatnonzero(pcm)[sounded - 1] + 1
        assert abs(room.output.playhead - said) <= FRAME_SAMPLES
        room.run(3)
        assert np.array_equal(sounding(room.heard()), sounding(pcm))
        assert not room.output.speaking
        assert not room.output.streaming
        assert room.cloud.ended == [1]
        assert room.output.takeovers == 0

    def test_utterance_after_utterance(self):
        room = Room(FakeCloud())
        heard = []
        for utterance in range(1, 5):
            pcm = reply(0.7, seed=utterance)
            heard.append(pcm)
            room.output.play(utterance, pcm.tobytes())
            room.output.end_of_reply()
            room.run(2)
            assert not room.output.speaking
        assert np.array_equal(sounding(room.heard()), np.concatenate(heard))

    def test_a_barge_in_interrupts_and_nothing_of_it_comes_later(self):
        cloud = FakeCloud(delay_frames=15)
        room = Room(cloud)
        room.output.play(1, reply(3.0).tobytes())
        room.run(1)
        room.output.hold()
        room.run(0.12)
        room.output.discard()
        end = room.output.place(room.now_s).written
        assert end == 3 * RATE
        assert not room.output.speaking
        assert cloud.interrupts == 1
        before = len(room.heard())
        room.run(0.1)  # the line still carries the first one's last 150 ms
        answer = reply(0.5, seed=9)
        room.output.play(2, answer.tobytes())
        room.output.end_of_reply()
        room.run(3)
        assert np.array_equal(sounding(room.heard()[before:]), answer)
        assert not room.output.speaking

    def test_a_tap_goes_on_where_it_faded(self):
        room = Room(FakeCloud())
        pcm = reply(1.0)
        room.output.play(1, pcm.tobytes())
        room.output.end_of_reply()
        room.run(0.5)
        room.output.hold()
        room.run(0.1)
        room.output.resume()
        room.run(3)
        assert np.array_equal(sounding(room.heard()), pcm)

    def test_words_go_to_the_avatar_before_the_sound(self):
        room = Room(FakeCloud())
        room.output.feed_text(1, "Good ")
        room.output.play(1, reply(0.2).tobytes())
        room.output.feed_text(1, "day")
        assert room.cloud.words == ["Good ", "day"]


class TestTakeOver:
    @pytest.mark.parametrize("at_s", [0.0, 0.1, 0.25, 0.5, 1.0, 1.7, 2.2])
    def test_the_board_says_the_rest(self, at_s):
        room = Room(FakeCloud())
        pcm = reply(2.0, ((0.0, 0.05), (0.6, 0.9)))
        room.output.play(1, pcm[:RATE].tobytes())
        room.run(at_s)
        room.dead = True
        room.output.on_air = False
        room.output.take_over()
        room.output.play(1, pcm[RATE:].tobytes())
        room.output.end_of_reply()
        room.run(3)
        assert seam(sounding(room.heard()), sounding(pcm)) <= REPEAT_MOST
        assert not room.output.speaking
        assert room.output.playhead == len(pcm)

    @pytest.mark.parametrize("seed", range(20))
    def test_a_line_that_stalls_skips_nothing(self, seed):
        dice = random.Random(seed)
        room = Room(FakeCloud(dice.randrange(3, 40)))
        pcm = reply(3.0, ((0.7, 0.9), (1.5, 1.8)), seed)
        room.output.play(1, pcm.tobytes())
        room.output.end_of_reply()
        for _ in range(dice.randrange(1, 4)):
            room.run(dice.uniform(0.2, 0.8))
            room.cloud.stalled = True
            room.run(dice.uniform(0.1, 0.6))
            room.cloud.stalled = False
        room.run(dice.uniform(0.1, 0.5))
        room.cloud.stalled = True
        room.run(0.8)
        if room.output.streaming:
            room.output.take_over()
        room.run(4)
        assert seam(sounding(room.heard()), sounding(pcm)) <= REPEAT_MOST

    @pytest.mark.parametrize("left_s", [0.2, 0.4, 0.8, 1.2])
    @pytest.mark.parametrize("stall_s", [0.3, 0.9, 1.4])
    def test_a_line_that_stalls_near_the_end_does_not_end_it(self, left_s, stall_s):
        room = Room(FakeCloud())
        pcm = reply(2.0)
        room.output.play(1, pcm.tobytes())
        room.output.end_of_reply()
        room.run(2.2 - left_s)
        room.cloud.stalled = True
        room.run(stall_s)
        if left_s > 0.5 or stall_s < 1:  # Less is taken for an end that coding took away.
            room.cloud.stalled = False
            room.run(3)
            assert np.array_equal(sounding(room.heard()), pcm)
        room.run(1)
        assert not room.output.speaking

    def test_a_soft_end_that_coding_took_away_is_no_stall(self):
        room = Room(FakeCloud())
        pcm = reply(1.0)
        soft = (reply(0.2, seed=2) // 40).astype("<i2")
        room.output.play(1, np.concatenate([pcm, soft]).tobytes())
        room.output.end_of_reply()
        room.cloud.pcm[2 * len(pcm) :] = bytes(2 * len(soft))
        room.run(2.5)
        assert not room.output.speaking
        assert room.output.takeovers == 0

    def test_silence_of_the_avatar_is_noticed(self):
        room = Room(FakeCloud())
        room.output.play(1, reply(2.0).tobytes())
        room.cloud.stalled = True
        room.run(1.0)
        assert room.output.waited_s() == pytest.approx(1.0, abs=0.02)
        room.cloud.stalled = False
        room.run(0.5)
        assert room.output.waited_s() < 0.05
        room.dead = True
        room.run(0.7)
        assert room.output.waited_s() == pytest.approx(0.7, abs=0.05)

    def test_a_pause_in_the_reply_is_no_stall(self):
        room = Room(FakeCloud())
        room.output.play(1, reply(4.0, ((0.5, 3.5),)).tobytes())
        room.run(3)
        assert room.output.waited_s() < 0.05

    def test_a_held_reply_stays_held(self):
        room = Room(FakeCloud())
        room.output.play(1, reply(2.0).tobytes())
        room.run(1)
        room.output.hold()
        room.output.take_over()
        assert room.speaker.held
        before = len(room.heard())
        room.run(0.3)
        assert len(room.heard()) == before

    def test_the_next_utterance_is_the_boards(self):
        room = Room(FakeCloud())
        room.output.play(1, reply(1.0).tobytes())
        room.run(0.5)
        room.output.on_air = False
        room.output.take_over()
        room.output.end_of_reply()
        room.run(2)
        answer = reply(0.5, seed=7)
        start = len(room.heard())
        room.output.play(2, answer.tobytes())
        room.run(1)
        assert np.array_equal(room.heard()[start:], answer)
        first = room.output.playhead - len(answer)
        assert room.output.read_reply(first, first + 100) == answer[:100].tobytes()


def test_the_overlap_is_what_the_rule_says():
    assert OVERLAP_SAMPLES <= REPEAT_MOST
