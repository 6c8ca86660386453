"""A person: announcements that a speaker recorded, as Debian has them for telephone systems.

Nothing is learnt from them; they only tell how the lips do on a natural voice. The time of each
phone comes from pocketsphinx, which is told the words and finds where in the sound they are.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lips import cast
from benchmarks.lips.phones import Phone, pieces

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
"""Of the package asterisk-core-sounds-en-g722: Allison Smith, 16 kHz, CC-BY-SA 3.0."""
VOICE = cast.Voice("person", "Allison Smith", "en", "arpabet")
RATE_HZ = 16_000
PAD_S = 0.3
FRAME_S, MIDDLE_S = 0.01, 0.0078
"""Frames of the aligner, and how far its 26 ms window's middle is behind the border between two."""

_ALPHABET = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar "
    "papa quebec romeo sierra tango uniform victor whiskey x-ray yankee zulu"
)
_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_DAYS = "sunday monday tuesday wednesday thursday friday saturday"
_MONTHS = "january february march april may june july august september october november december"
PROMPTS = {
    **{f"phonetic/{word[0]}_p": word for word in _ALPHABET.split()},
    **{f"digits/{number}": word for number, word in enumerate(_NUMBERS.split())},
    **{f"digits/day-{number}": word for number, word in enumerate(_DAYS.split())},
    **{f"digits/mon-{number}": word for number, word in enumerate(_MONTHS.split())},
    "agent-pass": "please enter your password followed by the pound key",
    "all-circuits-busy-now": "all circuits are busy now",
    "auth-incorrect": "password incorrect please enter your password followed by the pound key",
    "auth-thankyou": "thank you",
    "cannot-complete-as-dialed": "your call cannot be completed as dialed",
    "check-number-dial-again": "please check the number and dial again",
    "conf-onlyone": "there is currently one other participant in the conference",
    "conf-onlyperson": "you are currently the only person in this conference",
    "demo-echodone": "the echo test has been completed",
    "demo-nomatch": "i'm sorry there are no matches for those keywords",
    "pbx-transfer": "transfer",
    "privacy-incorrect": "i'm sorry that number is not valid",
    "privacy-prompt": "please enter your phone number starting with the area code",
    "priv-recordintro": "at the tone please say your name",
    "tt-monkeysintro": "they have been carried away by monkeys",
    "tt-somethingwrong": "something is terribly wrong",
    "tt-weasels": "weasels have eaten our phone system",
    "vm-goodbye": "goodbye",
    "vm-intro": "please leave your message after the tone when done hang up or press the pound key",
    "vm-msgforwarded": "your message has been successfully forwarded",
    "vm-msgsaved": "your message has been saved",
    "vm-pls-try-again": "please try again",
}
"""File → what is said in it."""


def at_hand() -> bool:
    return SOUNDS.is_dir()


def speak() -> list[cast.Utterance]:
    """All announcements, with what the lips do in them."""
    result = []
    for name, words in PROMPTS.items():
        pcm = _read(SOUNDS / f"{name}.g722")
        said = pieces(_aligned(pcm, words), VOICE.alphabet)
        sound = cast.prepared(pcm.astype(np.float32) / 32768, RATE_HZ)
        result.append(cast.Utterance(VOICE, words, sound, said))
    return result


def _read(path: Path) -> np.ndarray:
    import av

    with av.open(str(path), format="g722") as file:
        return np.concatenate([frame.to_ndarray().ravel() for frame in file.decode(audio=0)])


@cache
def _decoder() -> Any:
    from pocketsphinx import Decoder

    return Decoder(
        lm=None, samprate=RATE_HZ, beam=1e-64, pbeam=1e-64, wbeam=7e-29, loglevel="FATAL"
    )


def _aligned(pcm: np.ndarray, words: str) -> list[Phone]:
    decoder = _decoder()
    padded = np.pad(pcm, round(PAD_S * RATE_HZ)).astype("<i2").tobytes()
    decoder.set_align_text(words)
    for phones in (False, True):
        if phones:
            decoder.set_alignment()
        decoder.start_utt()
        decoder.process_raw(padded, full_utt=True)
        decoder.end_utt()
    result = []
    for word in decoder.get_alignment():
        for phone in word:
            start_s = phone.start * FRAME_S + MIDDLE_S - PAD_S
            name = "pau" if phone.name in ("SIL", "+NSN+", "+SPN+") else phone.name.lower()
            result.append(Phone(name, start_s, start_s + phone.duration * FRAME_S))
    return result
