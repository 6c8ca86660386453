"""The recogniser in a process of its own: PCM comes in on stdin, words go out on stdout.

pocketsphinx holds the interpreter lock while it decodes (measured: 100 to 150 ms at the end of an
utterance). In the server's process that would stop the sound of every connection.

What goes through the pipes is in `recogniser_pipe.py`. Several utterances may be open at once; each
has a decoder of its own while it lasts. The process ends when stdin does.
"""

import heapq
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec
from pocketsphinx import Config, Decoder, LogMath, NGramModel, get_model_path

from kiosk.concierge.language_model import GENERAL_WORDS, arpa
from kiosk.concierge.recogniser_pipe import (
    RATE_HZ,
    Feed,
    KnownQuestions,
    Recognised,
    RecogniserReady,
    frame,
    read,
)

MODEL = Path(get_model_path()) / "en-us"


CEPSTRAL_MEAN = "49.52,-3.98,-4.37,11.94,-12.13,0.32,-6.49,-8.89,-3.28,-5.04,3.11,-4.05,-1.75"
"""Cepstral mean that each utterance is compared with: the average of 145 questions in 12 voices.
pocketsphinx would begin with a worse one, with which 79 % of questions come out nearest to their
own entry instead of 91 %, and then carry a running mean along, so that what is heard would depend
on who spoke before. With this one, sound that is 20 dB weaker or comes from a tinny microphone is
recognised as well."""


class Recogniser:
    """Decoders that know the same questions; one for each utterance that is open."""

    def __init__(self, entries: list[list[list[str]]]) -> None:
        dictionary = _pronunciations()
        used = {word for entry in entries for question in entry for word in question}
        self.unknown = sorted(used - dictionary.keys())
        sayable = [
            [[word for word in question if word in dictionary] for question in entry]
            for entry in entries
        ]
        frequent = _frequent(dictionary)
        words = used & dictionary.keys() | frequent.keys()
        self._model = _in_memory("concierge.lm", arpa(sayable, frequent))
        # Only the words of that model: a decoder takes most of a second to read all of them.
        self._dictionary = _in_memory(
            "concierge.dict", "".join("".join(dictionary[word]) for word in sorted(words))
        )
        self._idle = [self._new()]
        self._busy: dict[int, Decoder] = {}

    def _new(self) -> Decoder:
        # More densities and wider beams than the default: the model is small, so they cost little,
        # and win 2 % each.
        return Decoder(
            hmm=str(MODEL / "en-us"),
            dict=f"/proc/self/fd/{self._dictionary}",
            lm=f"/proc/self/fd/{self._model}",
            samprate=RATE_HZ,
            beam=1e-60,
            pbeam=1e-60,
            wbeam=1e-40,
            maxhmmpf=-1,
            topn=8,
            loglevel="FATAL",
        )

    def feed(self, feed: Feed) -> Recognised | None:
        """Take sound in; give back what was heard when it was the last."""
        decoder = self._busy.get(feed.utterance)
        if decoder is None:
            if feed.drop:
                return None
            decoder = self._busy[feed.utterance] = self._idle.pop() if self._idle else self._new()
            decoder.set_cmn(CEPSTRAL_MEAN)
            decoder.start_utt()
        if feed.pcm:  # pocketsphinx takes no empty buffer
            decoder.process_raw(feed.pcm)
        if not feed.end and not feed.drop:
            return None
        decoder.end_utt()
        self._idle.append(self._busy.pop(feed.utterance))
        hypothesis = decoder.hyp()
        text = hypothesis.hypstr if hypothesis else ""
        return None if feed.drop else Recognised(feed.utterance, text)


def _in_memory(name: str, text: str) -> int:
    """A file in memory: pocketsphinx reads only from a path, and such a file leaves nothing."""
    file = os.memfd_create(name)
    os.write(file, text.encode("ascii"))
    return file


def _pronunciations() -> dict[str, list[str]]:
    """The dictionary's lines of each word; `read(2)` is another way to say `read`."""
    lines: dict[str, list[str]] = defaultdict(list)
    with (MODEL / "cmudict-en-us.dict").open(encoding="ascii") as file:
        for line in file:
            lines[line.split(maxsplit=1)[0].partition("(")[0]].append(line)
    return dict(lines)


def _frequent(words: Iterable[str]) -> dict[str, float]:
    """The most frequent words of the general model, with their probabilities."""
    log = LogMath()
    model = NGramModel(Config(), log, str(MODEL / "en-us.lm.bin"))
    chances = ((model.prob([word]), word) for word in words)
    return {word: log.exp(chance) for chance, word in heapq.nlargest(GENERAL_WORDS, chances)}


def main() -> None:
    """Serve stdin until its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; our stdin ends then
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    first = read(source)
    if first is None:
        return
    recogniser = Recogniser(msgspec.msgpack.decode(first, type=KnownQuestions).entries)
    sink.write(frame(RecogniserReady(recogniser.unknown)))
    sink.flush()
    decode = msgspec.msgpack.Decoder(Feed).decode
    while (body := read(source)) is not None:
        if heard := recogniser.feed(decode(body)):
            sink.write(frame(heard))
            sink.flush()


if __name__ == "__main__":
    main()
