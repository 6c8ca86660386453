"""How well the concierge understands: `python -m benchmarks.recognition [--every N] [--lead S]`.

Every packaged question of the museum in three voices of espeak-ng each, and questions that it
cannot know in five; at three speeds; with a little noise, as every microphone has. Prints the
share of known questions that got the right answer, a wrong one and the fallback, the share of
unknown ones that got the fallback, and the time from the end of the speech to the result.
"""

import argparse
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import soxr

from kiosk.concierge import known_answers
from kiosk.concierge.recogniser import Recogniser
from kiosk.concierge.recogniser_pipe import RATE_HZ, Feed

VOICES = [
    *("en-us", "en-us+f2", "en-us+f4", "en-us+f5", "en-us+m1", "en-us+m3", "en-us+linda"),
    *("en-gb", "en-gb+f3", "en-gb+m7", "en-gb-x-rp", "en-gb-scotland"),
]
SPEEDS = [130, 160, 190]
UNKNOWN = """
what is the capital of france; how tall is the president; can you sing a song for me
what will the weather be tomorrow; tell me a joke about cats; how do i repair my bicycle
who won the football match yesterday; i would like to order a pizza with mushrooms
do you believe in ghosts; what is seven times eight; why is the sky blue; who wrote hamlet
my grandmother lives in chicago; please turn on the radio; how far is the moon from the earth
when was the french revolution; where can i buy new shoes; how much is a kilo of potatoes
what is your name; where do you come from; can i speak to the manager; do you like music
who is the mayor of london; what time is it in tokyo; how do i bake a chocolate cake
the quick brown fox jumps over the lazy dog; where is my brother; how much is a hamburger
when does the train to berlin leave; is there a hospital near by; can i swim in the lake
tell me something about mars; what is the meaning of life; i have lost my keys
she sells sea shells by the sea shore; do you speak german
"""


class Case(NamedTuple):
    question: str
    answer: str | None
    voice: str
    speed: int


def cases(known: known_answers.KnownAnswers) -> list[Case]:
    chance = random.Random(5)
    result = [
        Case(question, entry.answer, voice, chance.choice(SPEEDS))
        for entry in known.entries
        for question in entry.questions
        for voice in chance.sample(VOICES, 3)
    ]
    unknown = [question.strip() for question in UNKNOWN.replace("\n", ";").split(";")]
    result += [
        Case(question, None, voice, chance.choice(SPEEDS))
        for question in filter(None, unknown)
        for voice in chance.sample(VOICES, 5)
    ]
    return result


def spoken(case: Case, lead_s: float, gain: float, noise: float) -> bytes:
    command = ["espeak-ng", "-v", case.voice, "-s", str(case.speed), "--stdin", "--stdout"]
    wav = subprocess.run(
        command, input=case.question.encode(), capture_output=True, check=True
    ).stdout
    samples = soxr.resample(np.frombuffer(wav[44:], "<i2"), 22_050, RATE_HZ) * gain
    samples = np.concatenate([np.zeros(int(lead_s * RATE_HZ)), samples, np.zeros(RATE_HZ // 4)])
    samples += np.random.default_rng(1).normal(0, noise, len(samples))
    return samples.clip(-32768, 32767).astype("<i2").tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", default="museum")
    parser.add_argument("--every", type=int, default=1, help="take every Nth case")
    parser.add_argument("--lead", type=float, default=0.3, help="seconds before the speech")
    parser.add_argument("--gain", type=float, default=1, help="loudness, against espeak-ng's own")
    parser.add_argument("--noise", type=float, default=12, help="RMS of the noise, of 32768")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    known = known_answers.load(place=options.place)
    recogniser = Recogniser(known.questions())
    chosen = cases(known)[:: options.every]
    with ThreadPoolExecutor(2) as pool:
        sounds = list(
            pool.map(lambda c: spoken(c, options.lead, options.gain, options.noise), chosen)
        )
    right = wrong = asked = refused = strange = 0
    waits, seconds, busy = [], 0.0, time.process_time()
    for number, (case, pcm) in enumerate(zip(chosen, sounds, strict=True)):
        for at in range(0, len(pcm), 640):
            recogniser.feed(Feed(number, pcm[at : at + 640]))
        ended = time.perf_counter()
        heard = recogniser.feed(Feed(number, b"", end=True))
        waits.append(time.perf_counter() - ended)
        seconds += len(pcm) / 2 / RATE_HZ
        assert heard
        entry = known.find(heard.text)
        answer = entry.answer if entry else None
        if case.answer is None:
            strange, refused = strange + 1, refused + (answer is None)
        else:
            asked, right = asked + 1, right + (answer == case.answer)
            wrong += answer not in (case.answer, None)
        if options.show and answer != case.answer:
            print(f"{case.voice:16} {case.speed} {case.question!r} heard as {heard.text!r}")
    busy = time.process_time() - busy
    waits.sort()
    print(f"known questions, {asked}: right {right / asked:.1%}, wrong answer {wrong / asked:.1%},"
          f" fallback {1 - (right + wrong) / asked:.1%}")  # fmt: skip
    print(f"unknown questions, {strange}: fallback {refused / max(strange, 1):.1%}")
    median, p95, worst = (waits[int(share * (len(waits) - 1))] * 1e3 for share in (0.5, 0.95, 1))
    print(f"end of speech to result: median {median:.0f}, 95 % {p95:.0f}, worst {worst:.0f} ms;"
          f" {busy / seconds:.3f} CPU s per s of speech")  # fmt: skip


if __name__ == "__main__":
    main()
