"""Who speaks: the voices to learn from, those held out, and the family that is never heard.

Four kinds of synthesis, so that the lips do not learn one kind's sound: espeak-ng's formants (and
its Klatt voices), recorded diphones (Festival), statistics over recordings (Flite), and recorded
words and syllables put together (the Russian one), which is the nearest to a person.
"""

import random
import shutil
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from benchmarks import espeak
from benchmarks.lips.festival import festival, flite
from benchmarks.lips.phones import Phone, Piece, pieces
from kiosk.formats import REPLY_HZ

LEVEL = 0.09
"""RMS that speech is brought to, as of the service's voices (-21 dB of full scale)."""


class Voice(NamedTuple):
    family: str
    name: str
    language: str
    alphabet: str | None = None
    encoding: str = "utf-8"
    words_per_minute: int = 170
    pitch: int = 50
    every: int = 1
    """Of its language's sentences it says one in so many."""
    first: int = 0


class Utterance(NamedTuple):
    voice: Voice
    text: str
    sound: np.ndarray
    """float32, -1 to 1, at REPLY_HZ."""
    pieces: list[Piece]


def _formant() -> Iterator[Voice]:
    """Every language in some variants, English in many; speed and pitch go round."""
    variants = [
        *("", "+f1", "+f2", "+f5", "+m1", "+m3", "+m5", "+m8", "+klatt", "+klatt2", "+anika"),
        *("+Alex", "+Andy", "+Annie", "+belinda", "+david", "+steph", "+marcelo", "+quincy"),
    ]
    for number, variant in enumerate(variants):
        english = ("en-us", "en", "en-gb-scotland", "en-us")[number % 4]
        speed = (150, 185, 165, 205, 135)[number % 5]
        pitch = (50, 65, 35, 55, 45, 75)[number % 6]
        yield Voice("formant", english + variant, "en", None, "utf-8", speed, pitch, 3, number % 3)
    others = ("de", "fr", "es", "it", "pt", "ru", "hi", "ja", "cmn", "ar", "cs", "fi")
    for number, language in enumerate(others):
        for turn in range(2):
            variant = variants[(2 * number + turn) % len(variants)]
            speed = (160, 190, 140)[(number + turn) % 3]
            pitch = (50, 65, 40)[(number + 2 * turn) % 3]
            yield Voice("formant", language + variant, language, None, "utf-8", speed, pitch)


TRAIN = [
    *_formant(),
    Voice("diphone", "kal_diphone", "en", "arpabet"),
    Voice("diphone", "lp_diphone", "it", "sampa", "iso8859-1"),
    Voice("diphone", "czech_dita", "cs", "czech", "iso8859-2"),
    Voice("diphone", "czech_machac", "cs", "czech", "iso8859-2"),
    Voice("diphone", "czech_ph", "cs", "czech", "iso8859-2"),
    Voice("diphone", "suo_fi_lj_diphone", "fi", "finnish", "iso8859-1"),
    Voice("statistical", "slt", "en", "arpabet"),
    Voice("statistical", "rms", "en", "arpabet"),
]
HELD_OUT = [
    Voice("formant", "en-us+f4", "en"),
    Voice("formant", "en+m7", "en", None, "utf-8", 190, 40),
    Voice("formant", "en-us+klatt4", "en", None, "utf-8", 150),
    Voice("formant", "de+f3", "de"),
    Voice("formant", "fr+m2", "fr", None, "utf-8", 150, 40),
    Voice("formant", "es+linda", "es", None, "utf-8", 180, 60),
    Voice("diphone", "ked_diphone", "en", "arpabet"),
    Voice("diphone", "pc_diphone", "it", "sampa", "iso8859-1"),
    Voice("diphone", "czech_krb", "cs", "czech", "iso8859-2"),
    Voice("diphone", "hy_fi_mv_diphone", "fi", "finnish", "iso8859-1"),
    Voice("statistical", "awb", "en", "arpabet"),
]
UNHEARD = [
    Voice("recorded", "msu_ru_nsh_clunits", "ru", "russian"),
    Voice("hidden Markov", "upc_ca_ona_hts", "ca", "sampa", "iso8859-15"),
]
"""Their kinds of synthesis, and their languages but for espeak's Russian, are not learnt from."""


FAMILIES = sorted({voice.family for voice in TRAIN})


@cache
def sentences() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("sentences.toml").read_text())


_NONSENSE = {
    # Consonants and vowels of languages that are written as they are spoken.
    "it": ("b d f g l m n p r s t v z sp st pr br tr fr gl sc ch gh", "a e i o u"),
    "fi": ("h j k l m n p r s t v", "a e i o u y ä ö aa ee ii oo uu ai ou"),
    "cs": (
        "b c č d f g h ch j k l m n ň p r ř s š t v z ž st pr br",
        "a á e é i í o u ú ou",
    ),
}
_NONSENSE_SENTENCES = 24


def nonsense(language: str) -> list[str]:
    """Words that do not exist: every consonant between every vowel, where sentences are few."""
    consonants, vowels = (letters.split() for letters in _NONSENSE[language])
    dice = random.Random(language)
    words = (
        "".join(dice.choice(consonants) + dice.choice(vowels) for _ in range(dice.randint(1, 4)))
        for _ in range(6 * _NONSENSE_SENTENCES)
    )
    return [" ".join(each) + "." for each in zip(*[words] * 6, strict=True)]


def speak(voice: Voice, part: str) -> list[Utterance]:
    """All that a voice has to say; `part` is "train" or "held_out"."""
    texts = sentences()[voice.language][part]
    if part == "train":
        texts = texts[voice.first :: voice.every]
        if voice.family != "formant" and voice.language in _NONSENSE:
            texts = texts + nonsense(voice.language)
    said: list[tuple[np.ndarray, int, list[Phone]]]
    if voice.family == "formant":
        said = []
        for text in texts:
            spoken = espeak.speak(text, voice.name, voice.words_per_minute, voice.pitch)
            said.append((spoken.sound, espeak.RATE_HZ, spoken.phones))
    elif voice.family == "statistical":
        said = flite(texts, voice.name)
    else:
        said = festival(texts, voice.name, voice.encoding)
    return [
        Utterance(voice, text, prepared(sound, rate_hz), pieces(phones, voice.alphabet))
        for text, (sound, rate_hz, phones) in zip(texts, said, strict=True)
    ]


def prepared(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    """At REPLY_HZ, and as loud as the others."""
    out = soxr.resample(sound, rate_hz, REPLY_HZ, quality="HQ")
    loud = np.sqrt(np.mean(out**2))
    return (out * (LEVEL / max(loud, 1e-6))).clip(-1, 1).astype(np.float32)


def at_hand() -> None:
    """End here where a voice is missing, and say how to get it."""
    there = {path.name for path in Path("/usr/share/festival/voices").glob("*/*")}
    recorded = [voice for voice in [*TRAIN, *HELD_OUT, *UNHEARD] if voice.alphabet]
    missing = [
        *(program for program in ("flite", "festival") if not shutil.which(program)),
        *(v.name for v in recorded if v.family != "statistical" and v.name not in there),
    ]
    if missing:
        raise SystemExit(
            f"These voices are not installed: {', '.join(missing)}.\n"
            "As root, or where sudo works: scripts/setup packages lips"
        )


def speak_all(voices: list[Voice], part: str) -> list[Utterance]:
    """The same of many; espeak-ng's library is one at a time, the programs two."""
    formant = [voice for voice in voices if voice.family == "formant"]
    others = [voice for voice in voices if voice.family != "formant"]
    with ThreadPoolExecutor(2) as pool:
        later = [pool.submit(speak, voice, part) for voice in others]
        result = [each for voice in formant for each in speak(voice, part)]
        return result + [each for future in later for each in future.result()]
