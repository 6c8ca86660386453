"""espeak-ng as a library, because its program tells neither a word's time nor a phoneme's."""

import ctypes
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from benchmarks.lips.phones import SILENT, Phone

RATE_HZ = 22_050
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _IPA, _DONT_EXIT = 0x1, 0x2, 0x8000
_CHARACTERS, _UTF8 = 1, 1
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_RATE, _PITCH = 1, 3
"""Of speak_lib.h: AUDIO_OUTPUT_SYNCHRONOUS, espeakINITIALIZE_..., POS_CHARACTER,
espeakCHARS_UTF8, espeakEVENT_..., espeak_PARAMETER.
"""

Sound = np.ndarray[Any, np.dtype[np.float32]]


class Said(NamedTuple):
    """What was said, and when."""

    sound: Sound
    """Samples at RATE_HZ, -1 to 1."""
    words: list[tuple[int, float]]
    """Of each word the place of its first letter in the text, and its begin in seconds."""
    phones: list[Phone]
    """In IPA."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@cache
def _library() -> Any:
    library = ctypes.CDLL("libespeak-ng.so.1")
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS | _IPA | _DONT_EXIT)
    if rate != RATE_HZ:
        raise RuntimeError(f"libespeak-ng speaks at {rate} Hz, not at {RATE_HZ}")
    return library


def speak(text: str, voice: str, words_per_minute: int = 170, pitch: int = 50) -> Said:
    """Say a text.

    `voice` is a language and perhaps a variant, such as "en-us+f3"; `pitch` is 0 to 99.
    """
    library = _library()
    sound: list[np.ndarray[Any, Any]] = []
    words: list[tuple[int, float]] = []
    marks: list[tuple[float, str]] = []

    def take(wav: Any, samples: int, events: Any) -> int:
        if wav and samples > 0:
            sound.append(np.ctypeslib.as_array(wav, (samples,)).copy())
        for event in events:
            start_s = event.sample / RATE_HZ
            if event.type == _EVENT_END:
                break
            if event.type == _EVENT_WORD and event.text_position:  # 0 is the end.
                words.append((event.text_position - 1, start_s))
            elif event.type == _EVENT_PHONEME:
                marks.append((start_s, event.name.decode()))
        return 0

    callback = _CALLBACK(take)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()):
        raise ValueError(f"espeak-ng has no voice {voice!r}")
    library.espeak_SetParameter(_RATE, words_per_minute, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    data = text.encode() + b"\0"
    library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, _CHARACTERS, 0, _UTF8, None, None)
    samples = np.concatenate(sound).astype(np.float32) / 32768
    ends = [start_s for start_s, _ in marks[1:]] + [len(samples) / RATE_HZ]
    phones = [
        Phone(name, start_s, end_s) for (start_s, name), end_s in zip(marks, ends, strict=True)
    ]
    return Said(samples, words, _with_closures(samples, phones))


_STOPS = tuple("ptkbdɡgqcɟʔ")
_STEP = RATE_HZ // 400
_FALL_DB = 15.0


def _with_closures(samples: Sound, phones: list[Phone]) -> list[Phone]:
    """A stop's event comes with its burst, its closure sounds as the end of the phone before.

    The closure begins where that phone has fallen by _FALL_DB below its loudest, for good.
    """
    starts = [phone.start_s for phone in phones]
    for n in range(1, len(phones)):
        before = phones[n - 1]
        if not phones[n].name.startswith(_STOPS) or before.name in SILENT:
            continue
        first, last = (round(at_s * RATE_HZ) // _STEP for at_s in (before.start_s, starts[n]))
        part = samples[first * _STEP : last * _STEP].reshape(-1, _STEP)
        level_db = 10 * np.log10((part**2).mean(axis=1) + 1e-9)
        loud = np.flatnonzero(level_db > level_db.max(initial=-90.0) - _FALL_DB)
        if loud.size:
            starts[n] = min(starts[n], (first + int(loud[-1]) + 1) * _STEP / RATE_HZ)
    ends = [*starts[1:], phones[-1].end_s] if phones else []
    return [
        phone._replace(start_s=start_s, end_s=end_s)
        for phone, start_s, end_s in zip(phones, starts, ends, strict=True)
    ]
