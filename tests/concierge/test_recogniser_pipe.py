"""Frames of the pipes between the server and the recogniser."""

import io

import msgspec

from kiosk.concierge.recogniser_pipe import Feed, KnownQuestions, Recognised, frame, read


def test_what_is_framed_is_read_one_by_one_to_the_end():
    messages = [
        KnownQuestions([[["where", "are", "the", "toilets"]]]),
        Feed(3, b"\1\0" * 160, end=True),
        Feed(4, b"", drop=True),
    ]
    stream = io.BytesIO(b"".join(map(frame, messages)))
    bodies = [read(stream) for _ in messages]
    kinds = KnownQuestions | Feed | Recognised
    assert [msgspec.msgpack.decode(body, type=kinds) for body in bodies] == messages
    assert read(stream) is None


def test_a_stream_that_ends_in_a_length_is_over():
    assert read(io.BytesIO(b"\1\0")) is None
