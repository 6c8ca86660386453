"""The reply is heard once and whole, whoever speaks it and wherever the avatar fails.

The ring and its clock are simulated: see `tests.support.mouth`.
"""

import random

import numpy as np
import pytest

from kiosk.avatar.echo import FRAME_SAMPLES
from kiosk.reply.output import AGAIN
from tests.support.mouth import RATE, FakeCloud, Room, reply, seam, sounding

REPEAT_MOST = round(0.3 * RATE)


class TestOwnFace:
    def test_the_count_is_the_rings(self):
        room = Room()
        pcm = reply(1.0)
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        room.run(0.5)
        assert room.mouth.heard == room.speaker.reply.heard == 12_000
        assert room.mouth.read_reply(100, 200) == pcm[100:200].tobytes()
        assert room.mouth.speaking
        room.run(1)
        assert not room.mouth.speaking
        assert np.array_equal(room.heard(), pcm)

    def test_after_a_discard_the_count_goes_on_at_the_ring(self):
        room = Room()
        room.mouth.play(1, reply(1.0).tobytes())
        room.mouth.discard()
        assert room.mouth.place(room.now_s).written == RATE
        assert not room.mouth.speaking

    def test_an_avatar_that_is_not_on_air_is_not_spoken_to(self):
        room = Room(FakeCloud(), on_air=False)
        room.mouth.play(1, reply(0.5).tobytes())
        room.mouth.read(1, "words")
        room.mouth.on_air = True  # too late for this utterance
        room.mouth.play(1, reply(0.5, seed=2).tobytes())
        room.run(1.5)
        assert not room.cloud.pcm
        assert not room.cloud.words
        assert len(room.heard()) == RATE


class TestStream:
    def test_the_echo_is_heard_and_counted(self):
        room = Room(FakeCloud())
        pcm = reply(2.0, ((0.0, 0.1), (0.8, 1.3)))
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        room.run(0.15)
        assert room.mouth.heard == 0, "nothing came back yet"
        room.run(0.75)
        sounded = len(sounding(room.heard()))
        said = np.flatnonzero(pcm)[sounded - 1] + 1
        assert abs(room.mouth.heard - said) <= FRAME_SAMPLES
        room.run(3)
        assert np.array_equal(sounding(room.heard()), sounding(pcm))
        assert not room.mouth.speaking
        assert not room.mouth.streaming
        assert room.cloud.ended == [1]
        assert room.mouth.takeovers == 0

    def test_utterance_after_utterance(self):
        room = Room(FakeCloud())
        heard = []
        for utterance in range(1, 5):
            pcm = reply(0.7, seed=utterance)
            heard.append(pcm)
            room.mouth.play(utterance, pcm.tobytes())
            room.mouth.end_of_reply()
            room.run(2)
            assert not room.mouth.speaking
        assert np.array_equal(sounding(room.heard()), np.concatenate(heard))

    def test_a_barge_in_interrupts_and_nothing_of_it_comes_later(self):
        cloud = FakeCloud(delay_frames=15)
        room = Room(cloud)
        room.mouth.play(1, reply(3.0).tobytes())
        room.run(1)
        room.mouth.hold()
        room.run(0.12)
        room.mouth.discard()
        end = room.mouth.place(room.now_s).written
        assert end == 3 * RATE
        assert not room.mouth.speaking
        assert cloud.interrupts == 1
        before = len(room.heard())
        room.run(0.1)  # the line still carries the first one's last 150 ms
        answer = reply(0.5, seed=9)
        room.mouth.play(2, answer.tobytes())
        room.mouth.end_of_reply()
        room.run(3)
        assert np.array_equal(sounding(room.heard()[before:]), answer)
        assert not room.mouth.speaking

    def test_a_tap_goes_on_where_it_faded(self):
        room = Room(FakeCloud())
        pcm = reply(1.0)
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        room.run(0.5)
        room.mouth.hold()
        room.run(0.1)
        room.mouth.resume()
        room.run(3)
        assert np.array_equal(sounding(room.heard()), pcm)

    def test_words_go_to_the_avatar_before_the_sound(self):
        room = Room(FakeCloud())
        room.mouth.read(1, "Good ")
        room.mouth.play(1, reply(0.2).tobytes())
        room.mouth.read(1, "day")
        assert room.cloud.words == ["Good ", "day"]


class TestTakeOver:
    @pytest.mark.parametrize("at_s", [0.0, 0.1, 0.25, 0.5, 1.0, 1.7, 2.2])
    def test_the_board_says_the_rest(self, at_s):
        room = Room(FakeCloud())
        pcm = reply(2.0, ((0.0, 0.05), (0.6, 0.9)))
        room.mouth.play(1, pcm[:RATE].tobytes())
        room.run(at_s)
        room.dead = True
        room.mouth.on_air = False
        room.mouth.take_over()
        room.mouth.play(1, pcm[RATE:].tobytes())
        room.mouth.end_of_reply()
        room.run(3)
        assert seam(sounding(room.heard()), sounding(pcm)) <= REPEAT_MOST
        assert not room.mouth.speaking
        assert room.mouth.heard == len(pcm)

    @pytest.mark.parametrize("seed", range(20))
    def test_a_line_that_stalls_skips_nothing(self, seed):
        dice = random.Random(seed)
        room = Room(FakeCloud(dice.randrange(3, 40)))
        pcm = reply(3.0, ((0.7, 0.9), (1.5, 1.8)), seed)
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        for _ in range(dice.randrange(1, 4)):
            room.run(dice.uniform(0.2, 0.8))
            room.cloud.stalled = True
            room.run(dice.uniform(0.1, 0.6))
            room.cloud.stalled = False
        room.run(dice.uniform(0.1, 0.5))
        room.cloud.stalled = True
        room.run(0.8)
        if room.mouth.streaming:
            room.mouth.take_over()
        room.run(4)
        assert seam(sounding(room.heard()), sounding(pcm)) <= REPEAT_MOST

    @pytest.mark.parametrize("left_s", [0.2, 0.4, 0.8, 1.2])
    @pytest.mark.parametrize("stall_s", [0.3, 0.9, 1.4])
    def test_a_line_that_stalls_near_the_end_does_not_end_it(self, left_s, stall_s):
        room = Room(FakeCloud())
        pcm = reply(2.0)
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        room.run(2.2 - left_s)
        room.cloud.stalled = True
        room.run(stall_s)
        if left_s > 0.5 or stall_s < 1:  # Less is taken for an end that coding took away.
            room.cloud.stalled = False
            room.run(3)
            assert np.array_equal(sounding(room.heard()), pcm)
        room.run(1)
        assert not room.mouth.speaking

    def test_a_soft_end_that_coding_took_away_is_no_stall(self):
        room = Room(FakeCloud())
        pcm = reply(1.0)
        soft = (reply(0.2, seed=2) // 40).astype("<i2")
        room.mouth.play(1, np.concatenate([pcm, soft]).tobytes())
        room.mouth.end_of_reply()
        room.cloud.pcm[2 * len(pcm) :] = bytes(2 * len(soft))
        room.run(2.5)
        assert not room.mouth.speaking
        assert room.mouth.takeovers == 0

    def test_silence_of_the_avatar_is_noticed(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(2.0).tobytes())
        room.cloud.stalled = True
        room.run(1.0)
        assert room.mouth.waited_s() == pytest.approx(1.0, abs=0.02)
        room.cloud.stalled = False
        room.run(0.5)
        assert room.mouth.waited_s() < 0.05
        room.dead = True
        room.run(0.7)
        assert room.mouth.waited_s() == pytest.approx(0.7, abs=0.05)

    def test_a_pause_in_the_reply_is_no_stall(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(4.0, ((0.5, 3.5),)).tobytes())
        room.run(3)
        assert room.mouth.waited_s() < 0.05

    def test_a_held_reply_stays_held(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(2.0).tobytes())
        room.run(1)
        room.mouth.hold()
        room.mouth.take_over()
        assert room.speaker.held
        before = len(room.heard())
        room.run(0.3)
        assert len(room.heard()) == before

    def test_the_next_utterance_is_the_boards(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(1.0).tobytes())
        room.run(0.5)
        room.mouth.on_air = False
        room.mouth.take_over()
        room.mouth.end_of_reply()
        room.run(2)
        answer = reply(0.5, seed=7)
        start = len(room.heard())
        room.mouth.play(2, answer.tobytes())
        room.run(1)
        assert np.array_equal(room.heard()[start:], answer)
        first = room.mouth.heard - len(answer)
        assert room.mouth.read_reply(first, first + 100) == answer[:100].tobytes()


def test_the_overlap_is_what_the_rule_says():
    assert AGAIN <= REPEAT_MOST
