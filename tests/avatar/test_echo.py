"""Where in the reply an avatar's own stream is."""

import numpy as np

from kiosk.avatar.echo import FRAME_SAMPLES, Echo, audible
from tests.support.spoken_reply import reply


def test_a_whole_frame_is_audible_or_not():
    quiet, loud = bytes(2 * FRAME_SAMPLES), reply(0.01).tobytes()
    assert audible(quiet + loud + quiet[:100]).tolist() == [False, True]
    assert audible(b"").tolist() == []


def test_frames_of_any_length_make_the_same_echo():
    pcm = reply(1.0, ((0.3, 0.5),))
    stream = np.concatenate([np.zeros(5000, "<i2"), pcm, np.zeros(5000, "<i2")]).tobytes()
    kept = []
    for size in (100, 482, 960, 10_000):
        echo = Echo()
        echo.send(pcm.tobytes())
        kept.append(b"".join(echo.feed(stream[i : i + size]) for i in range(0, len(stream), size)))
        assert echo.complete
    assert len(set(kept)) == 1


def test_silence_of_the_line_moves_no_place_in_the_reply():
    """The stream stops for half a second where the reply has sound."""
    echo, pcm = Echo(), reply(1.0).tobytes()
    echo.send(pcm)
    echo.feed(pcm[: len(pcm) // 2])
    before = echo.said(echo.kept)
    echo.feed(bytes(24_000))
    assert echo.stuck() > 0
    assert echo.said(echo.kept) == before
    assert not echo.complete
    echo.feed(pcm[len(pcm) // 2 :])
    assert echo.said(echo.kept) == echo.samples


def test_nothing_is_kept_before_the_stream_is_audible():
    echo = Echo()
    echo.send(reply(0.1).tobytes())
    assert echo.feed(bytes(4800)) == b""
    assert not echo.begun
