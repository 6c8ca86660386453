"""The recogniser's own process: PCM comes in on stdin, words go out on stdout.

pocketsphinx holds the interpreter lock while it decodes (measured: 100 to 150 ms at the end of an
utterance), so in the server's process it would stop every connection's sound. Here it stops
nobody's.

What goes through the pipes is in `pipe.py`. Several utterances may be open at once; each has a
decoder of its own while it lasts. End of stdin is the end of the process.
"""

import os
import signal
import sys
from pathlib import Path

import msgspec
import numpy as np
from pocketsphinx import Config, Decoder, LogMath, NGramModel, get_model_path

from kiosk.concierge.language import GENERAL_WORDS, arpa
from kiosk.concierge.pipe import RATE_HZ, Feed, Heard, Questions, Ready, frame, read

MODEL = Path(get_model_path()) / "en-us"


HEAD = RATE_HZ * 2
"""Bytes of voice, one second, that are kept back at first. pocketsphinx compares sound with the
mean of what it has heard (cepstral mean normalisation), so that the first visitor after a start,
and each with another voice, is understood badly: 79 % of questions with the mean that it starts
with, 91 % with that of each utterance's own first second. It then catches up within 0.1 s."""
LONGEST_HEAD = 4 * HEAD
"""Bytes after which decoding begins even if most of it was silence."""
BLOCK = RATE_HZ // 100
"""Samples, 10 ms, whose loudness is judged together."""
QUIET = 1e-4
"""Power, against the loudest block, below which a block is silence: 40 dB."""


class Recogniser:
    """Decoders that know the same questions; one for each utterance that is open."""

    def __init__(self, entries: list[list[list[str]]]) -> None:
        dictionary = _dictionary_words()
        used = {word for entry in entries for question in entry for word in question}
        self.unknown = sorted(used - dictionary)
        sayable = [
            [[word for word in question if word in dictionary] for question in entry]
            for entry in entries
        ]
        # pocketsphinx reads a model only from a path. A file in memory has one, and leaves nothing.
        self._model = os.memfd_create("concierge.lm")
        os.write(self._model, arpa(sayable, _frequent(dictionary)).encode("ascii"))
        self._idle = [self._new()]
        self._busy: dict[int, Decoder] = {}

    def _new(self) -> Decoder:
        # Wider beams than the default: the model is small, so they cost little, and win 1 to 2 %.
        return Decoder(
            hmm=str(MODEL / "en-us"),
            dict=str(MODEL / "cmudict-en-us.dict"),
            lm=f"/proc/self/fd/{self._model}",
            samprate=RATE_HZ,
            beam=1e-60,
            pbeam=1e-60,
            wbeam=1e-40,
            maxhmmpf=-1,
            loglevel="FATAL",
        )

    def feed(self, feed: Feed) -> Heard | None:
        """Take sound in; give back what was heard when it was the last."""
        utterance = self._busy.get(feed.utterance)
        if utterance is None:
            if feed.drop:
                return None
            decoder = self._idle.pop() if self._idle else self._new()
            utterance = self._busy[feed.utterance] = _Utterance(decoder)
        utterance.feed(feed.pcm)
        if not feed.end and not feed.drop:
            return None
        text = utterance.end()
        self._idle.append(self._busy.pop(feed.utterance).decoder)
        return None if feed.drop else Heard(feed.utterance, text)


class _Utterance:
    """One utterance in its decoder."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self._head = bytearray()
        self._begun = False

    def feed(self, pcm: bytes) -> None:
        """Take in sound; decode it, once there is enough to know the voice and the room by."""
        if self._begun:
            self._decode(pcm)
            return
        self._head += pcm
        if len(self._head) >= LONGEST_HEAD or len(_loud_part(self._head)) >= HEAD:
            self._begin()

    def end(self) -> str:
        """What was heard; "" for nothing."""
        if not self._begun:
            self._begin()
        self.decoder.end_utt()
        hypothesis = self.decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""

    def _begin(self) -> None:
        """Level the decoder to this utterance: see `HEAD`."""
        if loud := _loud_part(self._head):
            self.decoder.start_utt()
            self.decoder.process_raw(loud, no_search=True, full_utt=True)
            mean = self.decoder.get_cmn(False)
            self.decoder.end_utt()
            self.decoder.set_cmn(mean)
        self.decoder.start_utt()
        self._decode(bytes(self._head))
        self._begun = True

    def _decode(self, pcm: bytes) -> None:
        if pcm:  # pocketsphinx takes no empty buffer
            self.decoder.process_raw(pcm)


def _loud_part(pcm: bytes | bytearray) -> bytes:
    """What of `pcm` is not much quieter than its loudest: the voice, without the silence before
    it.
    """
    blocks = np.frombuffer(pcm, "<i2", count=len(pcm) // 2 // BLOCK * BLOCK).reshape(-1, BLOCK)
    power = np.square(blocks, dtype=np.float32).mean(axis=1)
    loud: bytes = blocks[power > power.max(initial=0) * QUIET].tobytes()
    return loud


def _dictionary_words() -> set[str]:
    """All words that the model can pronounce; `read(2)` is another way to say `read`."""
    with (MODEL / "cmudict-en-us.dict").open(encoding="utf-8") as file:
        return {word for line in file if "(" not in (word := line.split(maxsplit=1)[0])}


def _frequent(dictionary: set[str]) -> dict[str, float]:
    """The most frequent words of the general model, with their probabilities."""
    log = LogMath()
    model = NGramModel(Config(), log, str(MODEL / "en-us.lm.bin"))
    chances = {word: log.exp(model.prob([word])) for word in sorted(dictionary)}
    return dict(sorted(chances.items(), key=lambda item: -item[1])[:GENERAL_WORDS])


def main() -> None:
    """Serve stdin until its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; our stdin ends then
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    first = read(source)
    if first is None:
        return
    recogniser = Recogniser(msgspec.msgpack.decode(first, type=Questions).entries)
    sink.write(frame(Ready(recogniser.unknown)))
    sink.flush()
    decode = msgspec.msgpack.Decoder(Feed).decode
    while (body := read(source)) is not None:
        if heard := recogniser.feed(decode(body)):
            sink.write(frame(heard))
            sink.flush()


if __name__ == "__main__":
    main()
