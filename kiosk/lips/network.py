"""What the lips do, judged from sound: a small network that was trained on synthesised speech.

Short spectra (mel bands, log power) around a place in the sound go through one hidden layer to a
share for each viseme. Two things make it hold for voices that it never heard: a spectrum is taken
relative to how loud, and half of it relative to what colour, the voice of the last half second is;
and it was trained with filters, noise and stretched voices laid over the speech.
`docs/lips.md` tells how the model is made; `benchmarks/lips/` makes it.
"""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from kiosk.formats import REPLY_HZ

Array = np.ndarray[Any, np.dtype[np.float32]]
Pcm = np.ndarray[Any, np.dtype[np.int16]]
Places = np.ndarray[Any, np.dtype[np.int64]]

HOP_SAMPLES = 240
"""Samples from one frame to the next (10 ms)."""
FRAME_SAMPLES = 512
"""Samples of one frame (21 ms)."""
BANDS = 24
"""Mel bands of a spectrum."""
LOW_HZ, HIGH_HZ = 80.0, 7600.0
"""What the bands span: speech that was made at 16 kHz has nothing above."""
CONTEXT = (-6, -4, -2, -1, 0, 1, 2, 4, 6)
"""The frames, around the one that is judged, that its judgement sees."""
SPREAD_FRAMES = 4
"""Frames before and after the playhead that are judged too: lips pass from shape to shape."""
HISTORY_FRAMES = 60
"""Frames before the playhead in which the voice is sought (0.6 s), every STRIDE_FRAMES-th."""
STRIDE_FRAMES = 6
VERSION = 1
"""Of the model file's layout and of the features."""

REACH_FRAMES = SPREAD_FRAMES + CONTEXT[-1]
"""Frames before and after the playhead that are looked at."""
BEFORE_SAMPLES = HISTORY_FRAMES * HOP_SAMPLES + FRAME_SAMPLES // 2
"""Samples before the playhead that shape the mouth."""
AFTER_SAMPLES = REACH_FRAMES * HOP_SAMPLES + FRAME_SAMPLES // 2
"""Samples after the playhead that do (111 ms): lips are in place before the sound."""

_CONTEXT = np.array(CONTEXT)
FLOOR = 1e-8
"""Power that is added to each band: -80 dB of full scale."""
_VOICE_NATS = 4.5
"""Frames that are weaker than the loudest by more than this are not of the voice."""


def mel(hz: Any) -> Any:
    """The pitch that is heard of a frequency, in mel (O'Shaughnessy, 1987)."""
    return 2595 * np.log10(1 + hz / 700)


def hertz(mels: Any) -> Any:
    """The frequency that has a pitch."""
    return 700 * (10 ** (mels / 2595) - 1)


def _bank() -> Array:
    """How much the real and the imaginary part of each frequency have to say to each band."""
    edges = hertz(np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2))
    hz = np.fft.rfftfreq(FRAME_SAMPLES, 1 / REPLY_HZ)[:, None]
    rising = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    bank = np.clip(np.minimum(rising, falling), 0, None)
    bank /= bank.sum(axis=0) * (np.hanning(FRAME_SAMPLES) ** 2).sum()
    return np.asarray(np.repeat(bank, 2, axis=0), dtype=np.float32)


_BANK = _bank()
_WINDOW = np.hanning(FRAME_SAMPLES).astype(np.float32)
_PCM_WINDOW: Array = (_WINDOW / 32768).astype(np.float32)
_MEAN = np.full(BANDS, 1 / BANDS, np.float32)


def power(samples: Array | Pcm, starts: Places) -> Array:
    """Power in each band of the frames that begin at `starts`: (starts, BANDS).

    `samples` are -1 to 1, or PCM of 16 bits, which is then converted in these frames alone.
    """
    window = _WINDOW if samples.dtype == np.float32 else _PCM_WINDOW
    count = len(samples) - FRAME_SAMPLES + 1
    # As `sliding_window_view` does, whose checks cost as much as all of this.
    frames = np.ndarray((count, FRAME_SAMPLES), samples.dtype, samples, strides=2 * samples.strides)
    spectra = np.fft.rfft(frames[starts] * window, axis=1).astype(np.complex64, copy=False)
    parts = spectra.view(np.float32)  # Real and imaginary ones, which count alike.
    return np.asarray((parts * parts) @ _BANK)


def features(bands: Array, voice: Array, centres: Places) -> Array:
    """What the network sees of the frames `centres`: (centres, len(CONTEXT) · BANDS).

    `bands` is the log power of consecutive frames; `voice`, of one frame or of one for each centre,
    is what they are relative to.
    """
    around = bands[centres[:, None] + _CONTEXT]
    return np.asarray((around - voice[:, None, :]).reshape(len(centres), -1))


def voice(bands: Array) -> Array:
    """How loud and of what colour the voice is: (..., frames, BANDS) → (..., BANDS).

    A mean over the loud frames; half of its colour, so that a vowel that fills it stays a vowel.
    """
    loudness = bands @ _MEAN
    share = np.clip((loudness - loudness.max(axis=-1, keepdims=True) + _VOICE_NATS) / 2, 0, 1)
    mean = (share[..., None, :] @ bands)[..., 0, :] / share.sum(axis=-1, keepdims=True)
    return np.asarray(0.5 * mean + 0.5 * (mean @ _MEAN)[..., None], dtype=np.float32)


# Samples at which frames begin: every STRIDE_FRAMES-th of the history, and all around the playhead.
_COARSE = HOP_SAMPLES * np.arange(0, HISTORY_FRAMES - REACH_FRAMES, STRIDE_FRAMES)
_FINE = (
    BEFORE_SAMPLES - FRAME_SAMPLES // 2 + HOP_SAMPLES * np.arange(-REACH_FRAMES, REACH_FRAMES + 1)
)
_STARTS = np.concatenate((_COARSE, _FINE))
# Numbers of those frames: those around the playhead, those that tell the voice, and which of the
# first are judged.
_NEAR = np.arange(len(_COARSE), len(_STARTS))
_HEARD = np.concatenate((np.arange(len(_COARSE)), _NEAR[::STRIDE_FRAMES]))
_CENTRES = CONTEXT[-1] + np.arange(2 * SPREAD_FRAMES + 1)


class Lips(Struct, frozen=True):
    """The trained network."""

    hidden: Array
    """(len(CONTEXT) · BANDS, hidden units)"""
    hidden_bias: Array
    output: Array
    """(hidden units, visemes)"""
    output_bias: Array

    def judged(self, seen: Array) -> Array:
        """Shares of the visemes, together 1, of rows of features."""
        score = np.maximum(seen @ self.hidden + self.hidden_bias, 0) @ self.output
        score += self.output_bias
        score = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(score / score.sum(axis=1, keepdims=True))

    def around(self, samples: Array | Pcm) -> tuple[Array, Array]:
        """Shares of the visemes, and the mean power of each frame around the playhead.

        The shares are of SPREAD_FRAMES before the playhead, of that at it, and of as many after.

        `samples`, -1 to 1 or of 16 bits, are BEFORE_SAMPLES before it and AFTER_SAMPLES after it.
        """
        bands = power(samples, _STARTS)
        logs = np.log(bands + FLOOR)
        shares = self.judged(features(logs[_NEAR], voice(logs[_HEARD])[None], _CENTRES))
        return shares, bands[_NEAR] @ _MEAN


_UNREADABLE = (
    *(OSError, EOFError, LookupError, TypeError, ValueError, AttributeError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error),
)
"""What numpy and zipfile raise of a damaged file."""


def load(path: Path, visemes: Sequence[str]) -> Lips:
    """The model in a file.

    Raises:
        ValueError: it is none, or not for this kiosk; it says why.
    """
    try:
        with np.load(path) as file:
            found = {name: file[name] for name in file.files}
        version, names = int(found["version"]), tuple(found["visemes"])
        parts = [found[name].astype(np.float32) for name in Lips.__struct_fields__]
    except _UNREADABLE as error:
        raise ValueError(f"cannot be read: {error}") from error
    if version != VERSION:
        raise ValueError(f"is of version {version}, not {VERSION}")
    if names != tuple(visemes):
        raise ValueError("is for other visemes")
    units = parts[1].size
    shapes = [(len(CONTEXT) * BANDS, units), (units,), (units, len(visemes)), (len(visemes),)]
    if [part.shape for part in parts] != shapes:
        raise ValueError("has other shapes than the network")
    if not all(np.isfinite(part).all() for part in parts):
        raise ValueError("holds a value that is not a number")
    return Lips(*parts)


def save(path: Path, lips: Lips, visemes: Sequence[str], **notes: str) -> None:
    """Write a model; `notes` are for people: its licence, how it was made."""
    parts: dict[str, Any] = {
        name: getattr(lips, name).astype(np.float16) for name in Lips.__struct_fields__
    }
    parts |= {"version": np.array(VERSION), "visemes": np.array(visemes)}
    for name, note in notes.items():
        parts[name] = np.array(note)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **parts)
