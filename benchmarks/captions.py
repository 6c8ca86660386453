"""When a word is shown, against when it is said: `python -m benchmarks captions`.

espeak-ng, the concierge's voice, tells where in its sound each word begins. The transcript is cut
and stamped as the concierge sends it (three words after the chunk of sound in which they begin),
and as a service does that sends each sentence as one piece with its first sound. Positive is late.
The peer spreads all letters evenly, as a caption does that knows nothing of digits and pauses.
Chinese stands by itself, for the scripts without spaces: espeak-ng can neither read Japanese nor
Thai. Its transcript comes four letters at a time where others come by three words.
"""

import random
import re
import statistics
from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks import espeak
from benchmarks.samples import SAMPLES
from kiosk.concierge import known_answers
from kiosk.concierge.answer import CHUNK_MS, _placed
from kiosk.concierge.synthesiser import sentences
from kiosk.core.scene import Piece
from kiosk.display import captions
from kiosk.display.text.lines import parts

RATE_HZ = 24_000
VOICES = {
    "en": ("en-us+f2", "en-us+m3", "en+f5"),
    "de": ("de+f2", "de+m3"),
    "es": ("es+f2", "es+m3"),
    "fr": ("fr+f2", "fr+m3"),
    "zh": ("cmn+f2", "cmn+m3"),
}
SPEEDS = (155, 165, 175)
CHINESE = 1.6
"""So much faster, for some four letters a second; its own speed is that of a dictation."""
CHINESE_PIECE = 4
MORE = {
    "de": "Das Museum ist von 10 bis 18 Uhr geöffnet, donnerstags bis 20 Uhr. Der Eintritt kostet"
    " 12 Euro; Kinder unter 6 Jahren zahlen nichts. Die Toiletten sind im Erdgeschoss, links neben"
    " der Garderobe.",
    "es": "El museo abre de 10 a 18 horas, y los jueves hasta las 20. La entrada cuesta 12 euros;"
    " los niños menores de 6 años no pagan. Los servicios están en la planta baja, a la izquierda.",
    "fr": "Le musée est ouvert de 10 à 18 heures, et jusqu’à 20 heures le jeudi. L’entrée coûte 12"
    " euros ; les enfants de moins de 6 ans ne paient rien. Les toilettes sont au rez-de-chaussée.",
    "zh": "博物馆每天上午十点开门，下午六点关门，星期四开到晚上八点。门票12元；六岁以下的儿童免费。"
    "洗手间在一楼，衣帽间的左边。",
}


class Spoken(NamedTuple):
    """A sentence with the sample at which each of its words begins."""

    text: str
    samples: int
    words: list[tuple[int, int]]
    """Place of its first letter, and sample."""


def say(text: str, voice: str, speed: int) -> Spoken:
    said = espeak.speak(text, voice, speed)
    begun = [(place, round(start_s * RATE_HZ)) for place, start_s in said.words]
    return Spoken(text, round(len(said.sound) * RATE_HZ / espeak.RATE_HZ), begun)


def as_the_concierge(spoken: list[Spoken], dice: random.Random) -> list[Piece]:
    """Three words behind the chunk in which they begin."""
    pieces, base = [], 0
    for number, sentence in enumerate(spoken):
        placed = list(cut(sentence.text, 2 * sentence.samples, first=number == 0))
        at = 0
        while at < sentence.samples:
            at = min(at + RATE_HZ * dice.randint(*CHUNK_MS) // 1000, sentence.samples)
            while placed and placed[0][0] // 2 < at:
                pieces.append(Piece(base + at, placed.pop(0)[1]))
        base += sentence.samples
    return pieces


def cut(text: str, length: int, first: bool) -> Iterator[tuple[int, str]]:
    """Pieces of a sentence, each with the byte where its sound begins."""
    if " " in text:
        yield from _placed(text, length, first)
    else:
        for at in range(0, len(text), CHINESE_PIECE):
            yield length * at // len(text), text[at : at + CHINESE_PIECE]


def as_sentences(spoken: list[Spoken], _: random.Random) -> list[Piece]:
    """Each sentence whole, with its first sound."""
    pieces, base = [], 0
    for number, sentence in enumerate(spoken):
        pieces.append(Piece(base, gap(number, sentence) + sentence.text))
        base += sentence.samples
    return pieces


def gap(number: int, sentence: Spoken) -> str:
    """What stands before the sentence."""
    return " " if number and " " in sentence.text else ""


def evenly(pieces: tuple[Piece, ...]) -> captions.Timing:
    """The peer: every letter is as long as the next."""
    whole, captions._weights = captions._weights, lambda text: [1.0] * len(text)
    captions.word_times.cache_clear()
    try:
        return captions.word_times(pieces)
    finally:
        captions._weights = whole
        captions.word_times.cache_clear()


def late_ms(
    spoken: list[Spoken], pieces: list[Piece], times: Callable[..., captions.Timing]
) -> Iterator[float]:
    """Of each word that begins where one of espeak's does."""
    lead = 0 if times is evenly else captions.LEAD_SAMPLES
    timing = times(tuple(pieces))
    places = [start for start, _ in parts(timing.text)]
    shown = dict(zip(places, timing.starts, strict=False))
    place = base = 0
    for number, sentence in enumerate(spoken):
        place += len(gap(number, sentence))
        for at, sample in sentence.words:
            if place + at in shown:
                yield (shown[place + at] - lead - base - sample) / RATE_HZ * 1000
        place += len(sentence.text)
        base += sentence.samples


def texts() -> Iterator[tuple[str, str]]:
    for text in answers():
        yield "en", text
    for language, more in MORE.items():
        yield language, "".join(SAMPLES[language].answer)
        yield language, more


def answers() -> list[str]:
    return [entry.answer for entry in known_answers.load().entries]


def split(text: str) -> list[str]:
    """Its sentences."""
    return re.findall("[^。]+。", text) if "。" in text else sentences(text)


def main() -> None:
    dice = random.Random(4)
    late: dict[tuple[str, str, str], list[float]] = {}
    for language, text in texts():
        chinese = language == "zh"
        for voice in VOICES[language]:
            speeds = [round(speed * (CHINESE if chinese else 1)) for speed in SPEEDS]
            spoken = [say(part, voice, dice.choice(speeds)) for part in split(text)]
            for transcript in (as_the_concierge, as_sentences):
                pieces = transcript(spoken, dice)
                for times in (captions.word_times, evenly):
                    key = ("zh" if chinese else "en de es fr", transcript.__name__, times.__name__)
                    late.setdefault(key, []).extend(late_ms(spoken, pieces, times))
    print(f"{'of':12} {'transcript':18} {'spread':12} {'words':>6} {'median':>7} {'|median|':>9}"
          f" {'|p95|':>7} {'within 200 ms':>14}")  # fmt: skip
    for (languages, transcript_name, times_name), values in late.items():
        away = sorted(map(abs, values))
        near = sum(value <= 200 for value in away) / len(away)
        print(f"{languages:12} {transcript_name.replace('_', ' '):18}"
              f" {times_name.replace('_', ' '):12} {len(values):6}"
              f" {statistics.median(values):4.0f} ms {statistics.median(away):6.0f} ms"
              f" {away[int(len(away) * 0.95)]:4.0f} ms {near:13.0%}")  # fmt: skip


if __name__ == "__main__":
    main()
