"""How well the lips follow speech: `python -m benchmarks.lipsync [--model FILE]`.

Sentences that the model never learnt, in voices that it never heard (benchmarks/lips/cast.py), with
the time of every phone from their synthesisers. Beside the kiosk's lips stand the bands that it
falls back to, the plain envelope, and wawa-lipsync, run in Node on the same samples
(benchmarks/lips/wawa.mjs).
"""

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from benchmarks import report
from benchmarks.lips import cast, person
from benchmarks.lips.score import CLASS_OF, CLASSES, FPS, Score, score, shapes
from kiosk.formats import REPLY_HZ
from kiosk.lips import bands, network, visemes
from kiosk.lips.visemes import VISEMES

PEER = "wawa-lipsync@0.0.2"
PEER_FILE = "node_modules/wawa-lipsync/dist/wawa-lipsync.es.js"
PEER_HZ = 48_000
"""At which a browser's audio usually runs; at 24 kHz it does no better."""
DRAWN_FPS = 30
"""Pictures a second of the kiosk, for the share of a core."""
ENVELOPE_FULL = 0.18
"""RMS at which the envelope's mouth is fully open: twice that of the speech."""
SHUT = 0.1
"""Lips that are open by no more than this look closed."""
QUIETER_DB, NOISE_DB = 12, 20

Array = np.ndarray
Track = Callable[[Array], Array]
"""Samples (float32, -1 to 1, 24 kHz) → shares of the visemes, (frames, visemes)."""


class Told(NamedTuple):
    name: str
    scores: list[Score]
    busy_ms: float | None = None
    """Of a picture."""


def at_each_frame(before: int, after: int, judge: Callable[[Array], Array]) -> Track:
    """A track of something that sees so many samples around the playhead."""

    def track(samples: Array) -> Array:
        padded = np.pad(samples, (before, after))
        starts = np.round(np.arange(0, len(samples), REPLY_HZ / FPS)).astype(int)
        return np.array([judge(padded[at : at + before + after]) for at in starts])

    return track


def ours(samples: Array) -> Array:
    pcm = (samples * 32767).clip(-32768, 32767).astype("<i2").tobytes()
    return np.array(visemes.mouth(pcm).weights)


def by_bands(samples: Array) -> Array:
    quantised = (samples * 32767).round() / 32768
    return np.array(visemes._by_bands(quantised.astype(np.float32)).weights)


def by_envelope(samples: Array) -> Array:
    weights = np.zeros(len(VISEMES))
    weights[VISEMES.index("aa")] = min(float(np.sqrt((samples**2).mean())) / ENVELOPE_FULL, 1.0)
    weights[0] = 1 - weights.sum()
    return weights


METHODS = {
    "kiosk": at_each_frame(visemes.BEFORE_SAMPLES, visemes.AFTER_SAMPLES, ours),
    "bands (the kiosk's fallback)": at_each_frame(
        bands.BEFORE_SAMPLES, bands.AFTER_SAMPLES, by_bands
    ),
    "plain envelope": at_each_frame(600, 600, by_envelope),
}


def told(name: str, track: Track, said: list[cast.Utterance]) -> Told:
    started = time.process_time()
    tracks = [track(each.sound) for each in said]
    busy_ms = (time.process_time() - started) * 1e3 / sum(map(len, tracks))
    scores = [score(one, each.pieces) for one, each in zip(tracks, said, strict=True)]
    return Told(name, scores, busy_ms)


def peer(said: list[cast.Utterance]) -> Told:
    """The same of wawa-lipsync, installed for the occasion."""
    script = Path(__file__).with_name("lips") / "wawa.mjs"
    with tempfile.TemporaryDirectory() as directory:
        command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", directory]
        subprocess.run([*command, PEER], check=True, capture_output=True)
        names = []
        for number, each in enumerate(said):
            names.append(f"{directory}/{number}.f32")
            sound = soxr.resample(each.sound, REPLY_HZ, PEER_HZ)
            Path(names[-1]).write_bytes(sound.astype("<f4").tobytes())
        run = subprocess.run(
            ["node", str(script), f"{directory}/{PEER_FILE}", str(FPS)],
            input="\n".join(names),
            capture_output=True,
            check=True,
            text=True,
        )
    ours_of = {"I": "ih", "O": "oh", "U": "ou"}
    scores = []
    for line, each in zip(run.stdout.splitlines(), said, strict=True):
        shown = [VISEMES.index(ours_of.get(name, name)) for name in json.loads(line)]
        scores.append(score(np.eye(len(VISEMES))[shown], each.pieces))
    spent = json.loads(run.stderr)
    return Told(PEER, scores, spent["ms"] / spent["frames"])


def disguised(said: list[cast.Utterance], gain_db: float, noise_db: float | None) -> list:
    """The same, quieter or with noise that falls by 3 dB an octave, as of a room."""
    dice = np.random.default_rng(3)
    result = []
    for each in said:
        sound = each.sound * 10 ** (gain_db / 20)
        if noise_db is not None:
            spectrum = np.fft.rfft(dice.normal(size=len(sound)))
            spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20))
            noise = np.fft.irfft(spectrum, len(sound))
            noise *= np.sqrt(np.mean(sound**2) / np.mean(noise**2)) / 10 ** (noise_db / 20)
            sound = sound + noise
        result.append(each._replace(sound=sound.clip(-1, 1).astype(np.float32)))
    return result


def shares(scores: list[Score]) -> tuple[float, float, list[float], list[float]]:
    """Right frames of speech: by viseme, by class, for each class, for each viseme."""
    truth, shown, kind = (
        np.concatenate([getattr(each, field) for each in scores])
        for field in ("truth", "shown", "kind")
    )
    speech = truth != 0
    of_class = CLASS_OF[truth]
    each_class = [float(np.mean(kind[speech & (of_class == n)] == n)) for n in range(len(CLASSES))]
    each_viseme = [
        float(np.mean(shown[truth == n] == n)) if (truth == n).any() else float("nan")
        for n in range(len(VISEMES))
    ]
    right = float(np.mean(shown[speech] == truth[speech]))
    return right, float(np.mean(kind[speech] == of_class[speech])), each_class, each_viseme


def accuracy(rows: list[Told]) -> report.Table:
    titles = ["frames of speech right, %", "viseme", "class", "mean of classes", *CLASSES]
    lines = []
    for each in rows:
        viseme, kind, classes, _ = shares(each.scores)
        values = [viseme, kind, float(np.mean(classes)), *classes]
        lines.append([each.name, *(f"{100 * value:.0f}" for value in values)])
    return report.Table(titles, lines)


def timing(rows: list[Told]) -> report.Table:
    titles = ["lips part and meet, ms", "of", "shown, %", "median", "size, median", "size, p90"]
    titles += ["closing, median", "opening, median"]
    lines = []
    for each in rows:
        events = [event for one in each.scores for event in one.events]
        errors = np.array([event.error_s for event in events if event.error_s is not None]) * 1e3
        kinds = np.array([event.kind for event in events if event.error_s is not None])
        if not errors.size:
            lines.append([each.name, str(len(events)), "0", *["-"] * 5])
            continue
        sizes = np.abs(errors)
        values = [np.median(errors), np.median(sizes), np.percentile(sizes, 90)]
        values += [np.median(errors[kinds == kind]) for kind in ("closing", "opening")]
        share = f"{100 * errors.size / len(events):.0f}"
        signs = ["+.0f", ".0f", ".0f", "+.0f", "+.0f"]
        texts = [f"{value:{sign}}" for value, sign in zip(values, signs, strict=True)]
        lines.append([each.name, str(len(events)), share, *texts])
    return report.Table(titles, lines)


def shutting(rows: list[Told]) -> report.Table:
    lines = []
    for each in rows:
        closures = np.array([value for one in each.scores for value in one.closures])
        vowels = np.array([value for one in each.scores for value in one.vowels])
        share = [np.mean(closures <= SHUT), np.mean(vowels <= SHUT)]
        lines.append([each.name, *(f"{100 * value:.0f}" for value in share)])
    return report.Table(["lips shut, %", "in p, b, m", "all through a vowel"], lines)


def work(rows: list[Told]) -> report.Table:
    lines = [
        [each.name, f"{each.busy_ms:.3f}", f"{each.busy_ms * DRAWN_FPS / 10:.2f}"]
        for each in rows
        if each.busy_ms is not None
    ]
    return report.Table(["work", "ms a picture", f"% of a core at {DRAWN_FPS} fps"], lines)


def swing(said: list[cast.Utterance]) -> str:
    """How fast lips move, of all that they could."""
    step = FPS // DRAWN_FPS
    opened = [shapes(METHODS["kiosk"](each.sound)) for each in said[::4]]
    moved = np.concatenate([np.abs(each[step:] - each[:-step]) for each in opened])
    p99, worst = np.percentile(moved, 99), moved.max()
    return (
        f"From picture to picture the jaw moves by {p99:.2f} of its way (p99; worst {worst:.2f})."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="another model file")
    options = parser.parse_args()
    if options.model:
        model = network.load(options.model, VISEMES)
        visemes._model = lambda: model  # type: ignore[assignment]
    cast.at_hand()
    said = cast.speak_all(cast.HELD_OUT, "held_out")
    unheard = cast.speak_all(cast.UNHEARD, "held_out")
    rows = [told(name, track, said) for name, track in METHODS.items()]
    if shutil.which("npm"):
        rows.append(peer(said))
    else:
        print(f"No {PEER} beside it: there is no npm here (Node.js 18 or newer).")
    kiosk = METHODS["kiosk"]
    others = [
        told(f"{family}", kiosk, [each for each in said if each.voice.family == family])
        for family in cast.FAMILIES
    ]
    others += [
        told(f"{voice.family}, never heard", kiosk, [e for e in unheard if e.voice == voice])
        for voice in cast.UNHEARD
    ]
    if person.at_hand():
        said_by_one = person.speak()
        others += [
            told("a person, never heard", kiosk, said_by_one),
            told("... by the bands", METHODS["bands (the kiosk's fallback)"], said_by_one),
        ]
        if shutil.which("npm"):
            others.append(peer(said_by_one)._replace(name="... by the peer"))
    else:
        print("No person: asterisk-core-sounds-en-g722 is not installed.")
    others.append(told(f"all, {QUIETER_DB} dB quieter", kiosk, disguised(said, -QUIETER_DB, None)))
    others.append(told(f"all, in noise {NOISE_DB} dB below", kiosk, disguised(said, 0, NOISE_DB)))
    minutes = sum(len(each.sound) for each in said) / REPLY_HZ / 60
    print(f"{len(said)} sentences, {len(cast.HELD_OUT)} voices, {minutes:.1f} minutes.\n")
    each_viseme = shares(rows[0].scores)[3]
    tables = [
        accuracy(rows),
        timing(rows),
        shutting([*rows, *(each for each in others if "person" in each.name)]),
        work(rows),
        accuracy(others),
        timing(others),
        report.Table(
            ["kiosk, each viseme", *VISEMES],
            [["right, %", *(f"{100 * share:.0f}" for share in each_viseme)]],
        ),
    ]
    print("\n\n".join(map(report.text, tables)))
    print("\n" + swing(said))
    print("Targets: class ≥ 70 % and better than both; timing ≤ 20 ms; ≤ 0.5 % of a core.")


if __name__ == "__main__":
    main()
