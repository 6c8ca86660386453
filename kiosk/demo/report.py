"""What happened: both sides as one WAV, the turns as JSON, a table for the eye.

Lost and doubled samples are computed, not believed: the PCM that the concierge consumed of each
turn is compared byte for byte with that turn's range of the visitor's recording.
"""

import json
import wave
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soxr

from kiosk.audio.wav import inspect
from kiosk.core.turns import Turn
from kiosk.formats import MICROPHONE_HZ, REPLY_HZ

MIN_AUDIBLE = 40
"""Units of s16 above which a sample of the reply counts as sound."""


class Recording(NamedTuple):
    """Mono sound and the monotonic time of its first sample."""

    pcm: np.ndarray
    rate_hz: int
    from_s: float

    def between(self, start_s: float, end_s: float) -> np.ndarray:
        """The samples of [start_s, end_s); shorter where the recording is."""
        first = max(round((start_s - self.from_s) * self.rate_hz), 0)
        return self.pcm[first : max(round((end_s - self.from_s) * self.rate_hz), 0)]


class ConsumedActivity(NamedTuple):
    """What the concierge consumed of one activity."""

    pcm: bytes
    text: str


def read_wav(path: Path, from_s: float) -> Recording:
    """A mono WAV."""
    sound = inspect(path)
    return Recording(np.frombuffer(sound.pcm(), "<i2"), sound.rate, from_s)


def write_conversation(visitor: Recording, kiosk: Recording, path: Path) -> float:
    """Write the visitor left and the kiosk right, at 24 kHz.

    Returns the monotonic time of the first sample, in seconds.
    """
    left = soxr.resample(visitor.pcm, visitor.rate_hz, REPLY_HZ)
    from_s = max(visitor.from_s, kiosk.from_s)
    left = left[round((from_s - visitor.from_s) * REPLY_HZ) :]
    right = kiosk.pcm[round((from_s - kiosk.from_s) * REPLY_HZ) :]
    frames = min(len(left), len(right))
    both = np.stack([left[:frames], right[:frames]], axis=1).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, REPLY_HZ, 0, "NONE", ""))
        out.writeframes(both.tobytes())
    return from_s


def consumed(record: Path) -> list[ConsumedActivity]:
    """The concierge's record, in the order of the activities."""
    lines = (record / "turns.jsonl").read_text().splitlines()
    turns = [json.loads(line) for line in lines]
    return [ConsumedActivity((record / turn["pcm"]).read_bytes(), turn["heard"]) for turn in turns]


def compare(expected: bytes, got: bytes) -> tuple[int, int]:
    """Samples of `expected` that `got` lacks, and samples of `got` that are not in their place.

    Exact where one side is the other with one piece missing or repeated, which is what a lost or
    doubled message makes. Of a larger mess every sample is counted that lies between the common
    beginning and the common end.
    """
    if expected == got:
        return 0, 0
    a, b = np.frombuffer(expected, "<i2"), np.frombuffer(got, "<i2")
    short = min(len(a), len(b))
    differ = np.flatnonzero(a[:short] != b[:short])
    head = int(differ[0]) if len(differ) else short
    differ = np.flatnonzero(a[len(a) - short :][::-1] != b[len(b) - short :][::-1])
    tail = min(int(differ[0]) if len(differ) else short, short - head)
    return len(a) - head - tail, len(b) - head - tail


def silence_after(kiosk: Recording, press_s: float, until_s: float) -> float | None:
    """Seconds from a press to the last audible sample of the reply before `until_s`."""
    loud = np.flatnonzero(np.abs(kiosk.between(press_s, until_s).astype(np.int32)) > MIN_AUDIBLE)
    return None if not len(loud) else float(loud[-1] + 1) / kiosk.rate_hz


def _ms(after_s: float | None, before_s: float | None) -> float | None:
    return None if after_s is None or before_s is None else round((after_s - before_s) * 1000, 1)


def rows(
    turns: list[Turn], record: list[ConsumedActivity], visitor: Recording, kiosk: Recording
) -> list[dict[str, Any]]:
    """One row a turn, as they go into `turns.json`. Times in milliseconds."""
    table = []
    for number, turn in enumerate(turns):
        assert turn.end is not None  # noqa: S101 - the demo ends after its turns
        heard = record[number] if number < len(record) else ConsumedActivity(b"", "")
        said = visitor.pcm[turn.start : turn.end].tobytes()
        lost, doubled = compare(said, heard.pcm)
        silence_s = None
        if turn.barge_in:
            silence_s = silence_after(kiosk, turn.press_s, turn.last_marker_s or turn.press_s + 1)
        table.append(
            {
                "turn": turn.id,
                "heard": turn.heard.strip(),
                "answered": turn.said.strip(),
                "outcome": turn.outcome,
                "press_to_marker_ms": _ms(turn.marker_s, turn.press_s),
                "release_to_sound_ms": _ms(turn.first_sound_s, turn.release_s),
                "barge_in_to_silence_ms": None if silence_s is None else round(silence_s * 1000, 1),
                "sent_s": round(turn.samples_sent / MICROPHONE_HZ, 3),
                "samples": turn.end - turn.start,
                "lost": lost,
                "doubled": doubled,
            }
        )
    return table


_COLUMNS = (
    ("turn", "turn", 4),
    ("heard", "heard", 26),
    ("answered", "answered", 40),
    ("press_to_marker_ms", "press→marker", 12),
    ("release_to_sound_ms", "release→sound", 13),
    ("barge_in_to_silence_ms", "barge-in→silence", 16),
    ("sent_s", "sent", 7),
    ("lost", "lost", 6),
    ("doubled", "doubled", 7),
)
_UNITS = {"sent_s": " s"}


def table(rows_: list[dict[str, Any]]) -> str:
    """The rows for the eye."""
    lines = ["  ".join(title.ljust(width) for _, title, width in _COLUMNS)]
    lines.append("  ".join("-" * width for _, _, width in _COLUMNS))
    for row in rows_:
        cells = []
        for key, _, width in _COLUMNS:
            value = row[key]
            unit = " ms" if key.endswith("_ms") else _UNITS.get(key, "")
            text = "-" if value is None else f"{value}{unit}"
            cells.append((text if len(text) <= width else text[: width - 1] + "…").ljust(width))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
