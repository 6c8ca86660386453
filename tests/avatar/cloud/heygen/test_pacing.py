from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.avatar.cloud.heygen.pacing import (
    BYTES_PER_S,
    CHUNK_S,
    MAX_LEAD_S,
    MIN_FIRST_CHUNK_S,
    PAUSE_S,
    AudioChunk,
    AudioEnd,
    AudioPause,
    Pacer,
)


def pcm(seconds: float, value: int = 1) -> bytes:
    return value.to_bytes(2, "little") * round(seconds * BYTES_PER_S / 2)


Sent = AudioChunk | AudioPause | AudioEnd


def drain(pacer: Pacer, now_s: float, until_s: float) -> list[tuple[float, Sent]]:
    """Play sender: send what may be sent, wait as told."""
    sent: list[tuple[float, Sent]] = []
    while now_s < until_s:
        step = pacer.next_action(now_s)
        if isinstance(step, AudioChunk | AudioPause | AudioEnd):
            sent.append((now_s, step))
        elif step is None:
            break
        else:
            now_s += step
    return sent


def lengths(sent: list[tuple[float, Sent]]) -> list[float]:
    return [len(step.pcm) / BYTES_PER_S for _, step in sent if isinstance(step, AudioChunk)]


def test_the_first_chunk_is_short_and_the_others_a_second() -> None:
    pacer = Pacer()
    pacer.add(1, pcm(2.2), 0)
    pacer.end(1)
    sent = drain(pacer, 0, 10)
    assert lengths(sent) == [0.6, 1.0, 0.6]
    assert sent[-1][1] == AudioEnd(1)


def test_nothing_is_sent_before_there_is_enough() -> None:
    pacer = Pacer()
    pacer.add(1, pcm(MIN_FIRST_CHUNK_S - 0.01), 0)
    assert pacer.next_action(0) == PAUSE_S
    pacer.end(1)  # Unless that was all.
    assert lengths(drain(pacer, 0, 1)) == [MIN_FIRST_CHUNK_S - 0.01]


def test_the_lead_is_bounded() -> None:
    pacer = Pacer()
    pacer.add(1, pcm(20), 100)
    pacer.end(1)
    sent = drain(pacer, 100, 200)
    done_s = 0.0
    for at_s, step in sent:
        if isinstance(step, AudioChunk):
            done_s += len(step.pcm) / BYTES_PER_S
            assert done_s - (at_s - 100) <= MAX_LEAD_S + 1e-6
    assert done_s == 20


def test_a_slow_source_does_not_let_the_avatar_run_dry() -> None:
    """It comes as fast as it is spoken: the lead of the first chunk must never be used up."""
    pacer, done_s, now_s = Pacer(), 0.0, 0.0
    begun_s = None
    for n in range(500):
        now_s = n * 0.02
        pacer.add(1, pcm(0.02), now_s)
        while isinstance(step := pacer.next_action(now_s), AudioChunk):
            begun_s = now_s if begun_s is None else begun_s
            done_s += len(step.pcm) / BYTES_PER_S
        if begun_s is not None:
            assert done_s > now_s - begun_s
    assert done_s > 9


@pytest.mark.parametrize("first_s", [0.02, 0.35, 0.65, 1.72, 2.15, 2.79])
def test_a_source_that_pauses_is_sent_whole(first_s: float) -> None:
    """What waits for more cannot be heard, and the avatar would be blamed for that."""
    pacer = Pacer()
    pacer.add(1, pcm(first_s), 10)
    sent = drain(pacer, 10, 20)
    assert sum(lengths(sent)) == pytest.approx(first_s)
    assert max(at_s for at_s, step in sent if isinstance(step, AudioChunk)) <= 10 + PAUSE_S + 0.01
    assert sent[-1][1] == AudioPause(1)
    assert pacer.next_action(20) is None, "it is told once"
    pacer.add(1, pcm(0.1), 20)
    pacer.end(1)
    assert [step for _, step in drain(pacer, 20, 21)] == [AudioChunk(1, pcm(0.1)), AudioEnd(1)]


def test_an_interruption_forgets_and_what_still_comes_is_dropped() -> None:
    pacer = Pacer()
    pacer.add(1, pcm(5), 0)
    assert isinstance(pacer.next_action(0), AudioChunk)
    pacer.interrupt(0.1)
    pacer.add(1, pcm(1), 0.1)
    pacer.end(1)
    assert pacer.next_action(0.2) is None
    pacer.add(2, pcm(1), 0.2)
    assert pacer.next_action(0.2) == AudioChunk(2, pcm(0.6)), (
        "the lead of what was cut counts no more"
    )


def test_utterances_follow_each_other() -> None:
    pacer = Pacer()
    pacer.add(1, pcm(0.5, 1), 0)
    pacer.add(2, pcm(0.5, 2), 0)
    pacer.end(2)
    steps = [step for _, step in drain(pacer, 0, 5)]
    assert steps == [
        AudioChunk(1, pcm(0.5, 1)),
        AudioEnd(1),
        AudioChunk(2, pcm(0.5, 2)),
        AudioEnd(2),
    ]


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=20))
def test_all_of_it_is_sent_once_in_whole_samples(sizes: list[int]) -> None:
    pacer = Pacer()
    given_pcm = bytearray()
    for n, size in enumerate(sizes):
        piece = bytes([n % 256, 1]) * size
        given_pcm += piece
        pacer.add(7, piece, 0)
    pacer.end(7)
    sent = drain(pacer, 0, 1e6)
    chunks = [step for _, step in sent if isinstance(step, AudioChunk)]
    assert b"".join(chunk.pcm for chunk in chunks) == given_pcm
    assert all(len(chunk.pcm) % 2 == 0 for chunk in chunks)
    assert all(len(chunk.pcm) <= CHUNK_S * BYTES_PER_S for chunk in chunks)
    assert all(a <= b for a, b in pairwise(at_s for at_s, _ in sent))
