"""WAV files as recorders, pipes and editors leave them."""

import struct
from pathlib import Path

import numpy as np
import pytest

from kiosk.audio.wav import inspect

SOUND = (np.arange(800) % 200 - 100).astype("<i2") * 300
PCM16 = SOUND.tobytes()
UNKNOWN = 0xFFFFFFFF
_GUID = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, data: bytes, length: int | None = None) -> bytes:
    told = len(data) if length is None else length
    return name + struct.pack("<I", told) + data + bytes(len(data) % 2)


def fmt(kind=1, bits=16, channels=1, rate=16000, block=None) -> bytes:
    block = channels * bits // 8 if block is None else block
    return struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)


def extensible(kind: int, bits: int) -> bytes:
    return fmt(0xFFFE, bits) + struct.pack("<HHIH", 22, bits, 0, kind) + _GUID


def wav(data=PCM16, form=None, *, length=None, riff=None, before=b"", after=b"", magic=b"RIFF"):
    body = b"WAVE" + before + chunk(b"fmt ", form or fmt()) + chunk(b"data", data, length) + after
    return magic + struct.pack("<I", len(body) if riff is None else riff) + body


def ds64(riff: int, data: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", riff, data, data // 2, 0))


INFO = chunk(b"LIST", b"INFOISFT" + bytes(31))
FLOATS = SOUND / 32768
WHOLE = {
    "as it should be": wav(),
    "killed before its first length": wav(length=0, riff=0),
    "killed, with the length of an empty file": wav(length=0, riff=36),
    "killed in the middle of a sample": wav(PCM16 + b"\1", length=0, riff=0)[:-1],
    "killed, with room for more in its head": wav(
        length=0, riff=0, before=chunk(b"JUNK", bytes(28))
    ),
    "a pipe that does not know its length": wav(length=UNKNOWN, riff=UNKNOWN),
    "a pipe that guesses it": wav(length=0x7FFFF000, riff=0x7FFFF024),
    "words before it, of odd length": wav(before=chunk(b"LIST", b"abc")),
    "words before it, of odd length and without the zero": wav(before=chunk(b"LIST", b"abc")[:-1]),
    "much that is no sound before it": wav(before=chunk(b"JUNK", bytes(3 << 20)) + INFO),
    "words after it": wav(after=INFO),
    "extensible": wav(form=extensible(1, 16)),
    "24 bits": wav(b"".join(b"\7" + PCM16[n : n + 2] for n in range(0, 1600, 2)), fmt(bits=24)),
    "24 bits, extensible": wav(
        b"".join(b"\7" + PCM16[n : n + 2] for n in range(0, 1600, 2)), extensible(1, 24)
    ),
    "20 bits in 24": wav(
        b"".join(b"\0" + PCM16[n : n + 2] for n in range(0, 1600, 2)), fmt(bits=20, block=3)
    ),
    "32 bits": wav((SOUND.astype("<i4") << 16).tobytes(), fmt(bits=32)),
    "floats": wav(FLOATS.astype("<f4").tobytes(), fmt(3, 32)),
    "floats, killed": wav(FLOATS.astype("<f4").tobytes(), fmt(3, 32), length=0, riff=0),
    "floats, extensible": wav(FLOATS.astype("<f4").tobytes(), extensible(3, 32)),
    "long floats": wav(FLOATS.astype("<f8").tobytes(), fmt(3, 64)),
    "no size of a block": wav(form=fmt(block=0)),
    "RF64": wav(length=UNKNOWN, riff=UNKNOWN, before=ds64(1700, 1600), magic=b"RF64"),
    "RF64, killed": wav(length=UNKNOWN, riff=UNKNOWN, before=ds64(0, 0), magic=b"RF64"),
    "BW64": wav(length=UNKNOWN, riff=UNKNOWN, before=ds64(1700, 1600), magic=b"BW64"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_it_is_read_to_its_end(tmp_path, kind):
    (tmp_path / "a.wav").write_bytes(WHOLE[kind])
    sound = inspect(tmp_path / "a.wav")
    assert (sound.rate, sound.channels, sound.frames) == (16000, 1, 800)
    assert np.frombuffer(sound.pcm(), "<i2").tolist() == SOUND.tolist()
    assert b"".join(sound.blocks(7)) == sound.pcm()


def test_a_recording_whose_recorder_was_killed_is_heard():
    sound = inspect(Path(__file__).parent / "recordings" / "pipe_zero.wav")
    assert sound.frames == 16000
    assert sound.ready


def test_8_bits_have_no_sign_and_floats_may_be_anything(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav(bytes([0, 128, 255]), fmt(bits=8)))
    assert np.frombuffer(inspect(tmp_path / "a.wav").pcm(), "<i2").tolist() == [-32768, 0, 32512]
    odd = np.array([9.0, -9.0, np.nan, np.inf, -np.inf], "<f4").tobytes()
    (tmp_path / "a.wav").write_bytes(wav(odd, fmt(3, 32)))
    heard = np.frombuffer(inspect(tmp_path / "a.wav").pcm(), "<i2").tolist()
    assert heard == [32767, -32768, 0, 32767, -32768]


NONE = {
    "an empty recording": (wav(b""), "no sound"),
    "an empty recording with words after it": (wav(b"", after=INFO), "no sound"),
    "killed before its first sample": (wav(b"", riff=0), "no sound"),
    "no data": (wav()[:36], "no sound"),
    "its head is cut": (wav()[:30], "cut short"),
    "a chunk that leads out of the file": (wav(before=b"JUNK\xf0\xff\xff\x7f"), "no sound"),
    "data first": (b"RIFF\0\0\0\0WAVE" + chunk(b"data", PCM16), "what its samples are"),
    "no rate": (wav(form=fmt(rate=0)), "0 Hz"),
    "no channels": (wav(form=fmt(channels=0, block=2)), "0 channels"),
    "u-law": (wav(form=fmt(7, 8)), "neither PCM nor floats"),
    "MP3 in a WAV": (wav(form=fmt(0x55, 0)), "neither PCM nor floats"),
}


@pytest.mark.parametrize("kind", NONE)
def test_what_cannot_be_played_says_why(tmp_path, kind):
    data, why = NONE[kind]
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(ValueError, match=why):
        inspect(tmp_path / "a.wav")
