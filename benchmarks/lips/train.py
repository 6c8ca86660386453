"""Make the model of the lips: `python -m benchmarks.lips.train [--out FILE] [--without FAMILY]`.

Speaks all sentences of the cast with espeak-ng, Flite and Festival (`scripts/setup packages lips`
installs them), takes the spectra apart as the kiosk does, and trains the network: plain gradient
descent (Adam) in numpy, everything drawn from one seed. About five minutes on two cores.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.lips import cast
from benchmarks.lips.score import truth_at
from kiosk.formats import REPLY_HZ
from kiosk.lips import network
from kiosk.lips.visemes import VISEMES

OUT = Path(__file__).parents[2] / "config" / "lips.npz"
UNITS = 96
EPOCHS = 14
BATCH = 256
RATE = 2e-3
DECAY = 1e-4
STRETCHES = 3
"""How often each utterance comes in another voice: stretched in time and so in pitch and tract."""
STRETCH = 0.16
THROAT = 0.14
"""By how much, as a logarithm, a throat is longer or shorter beside that."""
FILTER_DB = 9
"""How far a filter lifts or lowers bands, at most."""
SILENCE_S = (0.7, 0.25)
"""Laid before and after each utterance: noise without a voice is silence."""
PRIOR = 0.4
"""Rare visemes weigh more, by their rarity to this power."""
CLOSURE = 1.2
"""Lips that must meet weigh more still."""
REPEAT = 2
"""Voices that are not of formants come so often: there are fewer of them."""

Array = np.ndarray


class Spoken(NamedTuple):
    """An utterance as the network may learn it."""

    power: Array
    """(frames, BANDS)"""
    truth: Array
    """Viseme of each frame's middle."""


def spoken(utterance: cast.Utterance, stretch: float = 1.0) -> Spoken:
    """Take an utterance apart, read `stretch` times as fast."""
    sound = utterance.sound
    if stretch != 1.0:
        places = np.arange(0, len(sound) - 1, stretch)
        sound = np.interp(places, np.arange(len(sound)), sound).astype(np.float32)
    before, after = (round(REPLY_HZ * each) for each in SILENCE_S)
    sound = np.pad(sound, (before, after))
    starts = np.arange(0, len(sound) - network.FRAME_SAMPLES, network.HOP_SAMPLES)
    times = (starts + network.FRAME_SAMPLES / 2 - before) / REPLY_HZ * stretch
    return Spoken(network.power(sound, starts), truth_at(utterance.pieces, times))


def disguised(power: Array, dice: np.random.Generator) -> Array:
    """Another throat, another loudness, another microphone and room, and perhaps some noise."""
    bands = power.shape[1]
    power = _longer_throat(power, np.exp(dice.uniform(-THROAT, THROAT)))
    slope = np.cumsum(dice.normal(size=bands))
    slope -= slope.mean()
    slope *= dice.uniform(0, FILTER_DB) / max(float(np.abs(slope).max()), 1.0)
    power = power * 10 ** (dice.uniform(-2, 0.6) + slope / 10)
    if dice.random() < 0.6:
        colour = 10 ** (np.linspace(0, 1, bands) * dice.uniform(-2.5, 0.3))
        level = power.mean() / 10 ** dice.uniform(1.2, 5.0)
        power = power + level * colour / colour.mean() * dice.gamma(4, 0.25, power.shape)
    return power.astype(np.float32)


def _longer_throat(power: Array, factor: float) -> Array:
    """The spectra with all formants lower by a factor, and their pitch as it was."""
    bands = power.shape[1]
    edges = np.linspace(network.mel(network.LOW_HZ), network.mel(network.HIGH_HZ), bands + 2)
    taken = network.mel(factor * network.hertz(edges[1:-1]))
    place = np.clip((taken - edges[1]) / (edges[1] - edges[0]), 0, bands - 1.001)
    below = place.astype(int)
    share = (place - below).astype(np.float32)
    return power[:, below] * (1 - share) + power[:, below + 1] * share


_HEARD = np.arange(-network.HISTORY_FRAMES, network.REACH_FRAMES, network.STRIDE_FRAMES)


def seen(power: Array) -> Array:
    """What the network sees of every frame of an utterance."""
    logs = np.log(power + network.FLOOR)
    frames = np.arange(len(logs))
    heard = logs[np.clip(frames[:, None] + _HEARD, 0, len(logs) - 1)]
    edge = -network.CONTEXT[0]
    around = np.pad(logs, ((edge, edge), (0, 0)), mode="edge")
    return network.features(around, network.voice(heard), frames + edge)


def epoch(material: list[Spoken], dice: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """All frames once, disguised anew, in batches of mixed order."""
    rows = np.concatenate([seen(disguised(each.power, dice)) for each in material])
    names = np.concatenate([each.truth for each in material])
    order = dice.permutation(len(rows))
    for at in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[at : at + BATCH]
        yield rows[chosen], names[chosen]


def train(
    sets: list[list[Spoken]], *, units: int = UNITS, epochs: int = EPOCHS, seed: int = 1
) -> network.Lips:
    """A network that was shown the sets in turn, one an epoch."""
    dice = np.random.default_rng(seed)
    counts = np.bincount(np.concatenate([each.truth for each in sets[0]]), minlength=len(VISEMES))
    weight = (counts.mean() / (counts + 1)) ** PRIOR
    weight[VISEMES.index("PP")] *= CLOSURE
    sample = np.concatenate([seen(disguised(each.power, dice)) for each in sets[0][:80]])
    mean, spread = sample.mean(axis=0), sample.std(axis=0) + 1e-3
    width = len(mean)
    parts = [
        dice.normal(0, np.sqrt(2 / width), (width, units)).astype(np.float32),
        np.zeros(units, np.float32),
        dice.normal(0, np.sqrt(1 / units), (units, len(VISEMES))).astype(np.float32),
        np.zeros(len(VISEMES), np.float32),
    ]
    adam = Adam(parts)
    for number in range(epochs):
        started, lost, batches = time.monotonic(), 0.0, 0
        for rows, names in epoch(sets[number % len(sets)], dice):
            x = (rows - mean) / spread
            into = x @ parts[0] + parts[1]
            active = np.maximum(into, 0)
            score = active @ parts[2] + parts[3]
            share = np.exp(score - score.max(axis=1, keepdims=True))
            share /= share.sum(axis=1, keepdims=True)
            right = (np.arange(len(names)), names)
            lost -= float(np.log(share[right] + 1e-9).mean())
            batches += 1
            wrong = share.copy()
            wrong[right] -= 1
            wrong *= (weight[names] / len(names)).astype(np.float32)[:, None]
            back = (wrong @ parts[2].T) * (into > 0)
            slopes = [x.T @ back, back.sum(axis=0), active.T @ wrong, wrong.sum(axis=0)]
            # A cosine over the whole training, epoch by epoch.
            adam.step(slopes, RATE * 0.5 * (1 + np.cos(np.pi * number / epochs)))
        took_s = time.monotonic() - started
        print(f"epoch {number + 1}: loss {lost / max(batches, 1):.3f}, {took_s:.1f} s", flush=True)
    hidden = parts[0] / spread[:, None]
    bias = parts[1] - (mean / spread) @ parts[0]
    return network.Lips(*(np.asarray(each, np.float32) for each in (hidden, bias, *parts[2:])))


class Adam:
    """Gradient descent with momentum and a step of its own for each number (Kingma & Ba, 2015)."""

    def __init__(self, parts: list[Array]) -> None:
        self._parts = parts
        self._means = [np.zeros_like(part) for part in parts]
        self._squares = [np.zeros_like(part) for part in parts]
        self._steps = 0

    def step(self, slopes: list[Array], rate: float) -> None:
        self._steps += 1
        for n, slope in enumerate(slopes):
            self._means[n] += 0.1 * (slope - self._means[n])
            self._squares[n] += 0.001 * (slope**2 - self._squares[n])
            step = self._means[n] / (1 - 0.9**self._steps)
            step /= np.sqrt(self._squares[n] / (1 - 0.999**self._steps)) + 1e-8
            if slope.ndim == 2:
                step += DECAY * self._parts[n]
            self._parts[n] -= (rate * step).astype(np.float32)


def sets_of(voices: list[cast.Voice], seed: int = 1) -> list[list[Spoken]]:
    """The voices' utterances, as they are and stretched."""
    dice = np.random.default_rng(seed)
    said = cast.speak_all(voices, "train")
    said = [each for each in said for _ in range(1 if each.voice.family == "formant" else REPEAT)]
    sets = [[spoken(each) for each in said]]
    for _ in range(STRETCHES - 1):
        factors = np.exp(dice.uniform(-STRETCH, STRETCH, len(said)))
        sets.append([spoken(*both) for both in zip(said, factors, strict=True)])
    return sets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="the model file (default: config/)")
    parser.add_argument("--without", choices=cast.FAMILIES, help="leave a kind of voices out")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    cast.at_hand()
    voices = [voice for voice in cast.TRAIN if voice.family != options.without]
    started = time.monotonic()
    sets = sets_of(voices)
    frames = sum(len(each.truth) for each in sets[0])
    print(
        f"{len(voices)} voices, {frames * network.HOP_SAMPLES / REPLY_HZ / 60:.0f} minutes",
        flush=True,
    )
    network.save(
        options.out,
        train(sets, epochs=options.epochs),
        VISEMES,
        licence="Apache-2.0",
        made=f"python -m benchmarks.lips.train: {len(voices)} voices of espeak-ng, Flite and "
        f"Festival, {options.epochs} epochs",
    )
    took_s = time.monotonic() - started
    print(f"{options.out}: {options.out.stat().st_size / 1024:.0f} kB, after {took_s:.0f} s")


if __name__ == "__main__":
    main()
