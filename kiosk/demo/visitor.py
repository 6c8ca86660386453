"""The scripted visitor: sentences spoken by espeak-ng, laid on the microphone's time line.

The button's script and the sound are made from the same time line, in seconds of microphone time,
so that presses fall where the words are, however late the kiosk starts.
"""

import json
import shutil
import subprocess
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from kiosk.audio.wav import inspect
from kiosk.errors import UserError
from kiosk.formats import MICROPHONE_HZ

FIRST_PRESS_S = 2.5
"""The film shows the attract screen first."""
BEFORE_WORDS_S = 0.35
"""A person presses, then draws breath."""
AFTER_WORDS_S = 0.15
"""A person releases a moment after the last word."""
AFTER_LAST_RELEASE_S = 9.0
"""From the last release to the end of the recording: the last answer fits in."""
NOISE_S16 = 6.0
"""Standard deviation of the room's noise, in units of s16. Without any, every sample would be
zero, as from a muted microphone."""


class Question(NamedTuple):
    """One sentence, and how long the visitor then listens before pressing again."""

    text: str
    voice: str
    then_s: float


QUESTIONS = (
    Question("When do you open?", "en-us+f2", 8.0),
    Question("Where are the toilets?", "en-us", 7.0),
    # The answer to this one is long: the visitor presses again in the middle of it.
    Question("Who painted the portrait?", "en-us", 4.0),
    Question("Is there a cafe?", "en-us+f3", 0.0),
)


class ScriptedVisit(NamedTuple):
    """What the visitor does: where the sound and the button's script are, and how long it takes."""

    wav: Path
    script: Path
    presses: int
    duration_s: float


def prepare(folder: Path) -> ScriptedVisit:
    """Speak the questions into `visitor.wav` and write `visitor.jsonl` for the button.

    Raises:
        UserError: espeak-ng is missing.
    """
    if shutil.which("espeak-ng") is None:
        raise UserError("the scripted visitor needs espeak-ng: sudo apt-get install espeak-ng")
    pieces: list[tuple[float, np.ndarray]] = []
    edges: list[dict[str, object]] = []
    at_s = FIRST_PRESS_S
    for question in QUESTIONS:
        words = _speak(question, folder)
        edges.append({"at_s": round(at_s, 3), "do": "press"})
        pieces.append((at_s + BEFORE_WORDS_S, words))
        at_s += BEFORE_WORDS_S + len(words) / MICROPHONE_HZ + AFTER_WORDS_S
        edges.append({"at_s": round(at_s, 3), "do": "release"})
        at_s += question.then_s
    duration_s = at_s + AFTER_LAST_RELEASE_S
    sound = np.random.default_rng(1).normal(0, NOISE_S16, int(duration_s * MICROPHONE_HZ))
    for start_s, words in pieces:
        start = int(start_s * MICROPHONE_HZ)
        sound[start : start + len(words)] += words
    visit = ScriptedVisit(
        folder / "visitor.wav", folder / "visitor.jsonl", len(QUESTIONS), duration_s
    )
    with wave.open(str(visit.wav), "wb") as out:
        out.setparams((1, 2, MICROPHONE_HZ, 0, "NONE", ""))
        out.writeframes(np.clip(sound, -32768, 32767).astype("<i2").tobytes())
    visit.script.write_text("".join(json.dumps(edge) + "\n" for edge in edges))
    return visit


def _speak(question: Question, folder: Path) -> np.ndarray:
    """One sentence as float samples in s16 units at the microphone's rate."""
    spoken = folder / "sentence.wav"
    subprocess.run(
        ["espeak-ng", "-v", question.voice, "-s", "150", "-w", spoken, question.text], check=True
    )
    sound = inspect(spoken)
    samples = np.frombuffer(sound.pcm(), "<i2").astype(np.float32)
    spoken.unlink()
    return np.asarray(soxr.resample(samples, sound.rate, MICROPHONE_HZ))
