"""espeak-ng's voices, with the time of every phoneme: its library's events, which its program does
not print.
"""

import ctypes
from functools import cache
from typing import Any

import numpy as np

from benchmarks.lips.phones import SILENT, Phone

RATE_HZ = 22_050
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _IPA, _DONT_EXIT = 0x1, 0x2, 0x8000
_UTF8 = 1
_EVENT_END, _EVENT_PHONEME = 0, 7
_RATE, _PITCH = 1, 3
"""Of speak_lib.h: AUDIO_OUTPUT_SYNCHRONOUS, espeakINITIALIZE_..., espeakCHARS_UTF8,
espeakEVENT_..., espeak_PARAMETER.
"""


Sound = np.ndarray[Any, np.dtype[np.float32]]


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


def speak(
    text: str, voice: str, words_per_minute: int = 170, pitch: int = 50
) -> tuple[Sound, list[Phone]]:
    """Samples at RATE_HZ, -1 to 1, and the phones in IPA.

    `voice` is a language and perhaps a variant, such as "en-us+f3"; `pitch` is 0 to 99.
    """
    library = _library()
    sound: list[np.ndarray[Any, Any]] = []
    marks: list[tuple[float, str]] = []

    def take(wav: Any, samples: int, events: Any) -> int:
        if wav and samples > 0:
            sound.append(np.ctypeslib.as_array(wav, (samples,)).copy())
        at = 0
        while events[at].type != _EVENT_END:
            if events[at].type == _EVENT_PHONEME:
                marks.append((events[at].sample / RATE_HZ, events[at].name.decode()))
            at += 1
        return 0

    callback = _CALLBACK(take)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()):
        raise ValueError(f"espeak-ng has no voice {voice!r}")
    library.espeak_SetParameter(_RATE, words_per_minute, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
    samples = np.concatenate(sound).astype(np.float32) / 32768
    ends = [start for start, _ in marks[1:]] + [len(samples) / RATE_HZ]
    phones = [Phone(name, start, end) for (start, name), end in zip(marks, ends, strict=True)]
    return samples, _with_closures(samples, phones)


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
