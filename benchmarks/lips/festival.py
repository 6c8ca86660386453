"""Festival's and Flite's voices, with the time of every phone: the segments of the utterance."""

import re
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.lips.phones import Phone

_DUMP = """
(define (dump text out)
  (let ((utterance (utt.synth (eval (list 'Utterance 'Text text)))))
    (utt.save.segs utterance (string-append out ".seg"))
    (utt.save.wave utterance (string-append out ".wav") 'riff)))
"""


def festival(
    texts: Sequence[str], voice: str, encoding: str
) -> list[tuple[np.ndarray, int, list[Phone]]]:
    """Samples (-1 to 1), their rate in Hz, and the phones of each text, in the voice's alphabet."""
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "script.scm")
        lines = [_DUMP, f"(voice_{voice})"]
        for number, text in enumerate(texts):
            spoken = re.sub(r'["¿;:\\]', "", text)
            lines.append(f'(dump "{spoken}" "{directory}/{number}")')
        script.write_bytes("\n".join(lines).encode(encoding, "ignore"))
        _run(["festival", "-b", str(script)])
        result = []
        for number in range(len(texts)):
            sound, rate_hz = _read(Path(directory, f"{number}.wav"))
            segments = Path(directory, f"{number}.seg").read_text(errors="replace").splitlines()
            phones, start_s = [], 0.0
            for line in segments[1:]:
                end, _, name = line.split()
                phones.append(Phone(name, start_s, float(end)))
                start_s = float(end)
            result.append((sound, rate_hz, phones))
        return result


def flite(texts: Sequence[str], voice: str) -> list[tuple[np.ndarray, int, list[Phone]]]:
    """The same of a voice that is built into Flite."""
    result = []
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory, "sound.wav")
        for text in texts:
            told = _run(["flite", "-voice", voice, "-psdur", "-t", text, str(out)])
            sound, rate_hz = _read(out)
            phones, start_s = [], 0.0
            for word in told.split():
                name, _, end = word.rpartition(":")
                phones.append(Phone(name, start_s, float(end)))
                start_s = float(end)
            result.append((sound, rate_hz, phones))
    return result


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _read(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data.astype(np.float32) / 32768, file.getframerate()
