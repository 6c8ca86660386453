"""An answer: from what was heard to paced sound, transcriptions and the end of the turn.

An answer is a task of its connection. An interruption cancels it, and what was not sent by then is
never sent. The sound leaves as Google's service sends it: the first piece at once, the rest two to
four times faster than it is heard, with small irregular pauses; `generationComplete` after the last
piece; `turnComplete` when the listener should have heard all of it.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kiosk.concierge.client_messages import base64_text
from kiosk.concierge.session import audio_tokens, text_tokens
from kiosk.concierge.synthesiser import EspeakVoice, Synthesiser
from kiosk.core.messages import OUTPUT_MIME
from kiosk.errors import KioskError
from kiosk.formats import REPLY_HZ

log = logging.getLogger(__name__)

SendFrame = Callable[[dict[str, Any]], Awaitable[None]]

FIRST_CHUNK_MS = 200
"""Sound in the first frame of an answer, where others vary."""
CHUNK_MS = (40, 200)
"""Shortest and longest piece of sound in a frame."""
SEND_RATES = (2.0, 4.0)
"""Slowest and fastest sending, as multiples of real time."""
WORDS_IN_PIECE = 3
"""Words of a transcription in one frame."""


def content(**fields: Any) -> dict[str, Any]:
    """A `serverContent` frame."""
    return {"serverContent": fields}


def pieces_of(text: str) -> list[str]:
    """A transcription as it is sent: a few words each, blanks in front, so that they add up."""
    words = text.split()
    groups = [words[at : at + WORDS_IN_PIECE] for at in range(0, len(words), WORDS_IN_PIECE)]
    return [(" " if n else "") + " ".join(group) for n, group in enumerate(groups)]


@dataclass
class SpokenAnswer:
    """What was sent of an answer, for history, bill and record; filled in while it is given."""

    text: str = ""
    """What was said: the words whose sound was sent."""
    samples: int = 0
    """Sound that was sent, at 24 kHz."""
    first_audio_s: float | None = None

    @property
    def tokens(self) -> int:
        """Tokens of the sound."""
        return audio_tokens(self.samples, REPLY_HZ)


class AnswerSpeaker:
    """Says texts on a connection, with the voice that its setup asked for."""

    def __init__(
        self, send: SendFrame, speech: Synthesiser, voice: EspeakVoice, transcribe: bool
    ) -> None:
        self._send = send
        self._speech = speech
        self._voice = voice
        self._transcribe = transcribe
        self._random = random.Random()

    async def say(self, text: str, answer: SpokenAnswer) -> None:
        """Say `text` up to `generationComplete`, and wait until it should have been heard.

        A synthesiser that fails leaves an answer without sound, which clients must bear anyway.
        """
        try:
            async for sentence, pcm in self._speech.say(text, self._voice):
                await self._say_sentence(sentence, pcm, answer)
        except KioskError:
            log.exception("no sound for this answer")
        await self._send(content(generationComplete=True))
        if answer.first_audio_s is not None:
            heard_s = answer.first_audio_s + answer.samples / REPLY_HZ
            await asyncio.sleep(max(0.0, heard_s - time.monotonic()))

    async def _say_sentence(self, sentence: str, pcm: bytes, answer: SpokenAnswer) -> None:
        captions = _placed(sentence, len(pcm), first=not answer.text)
        at, caption = 0, next(captions, None)
        while at < len(pcm):
            end = at + self._chunk_bytes(first=answer.first_audio_s is None)
            chunk = pcm[at:end]
            blob = {"mimeType": OUTPUT_MIME, "data": base64_text(chunk)}
            await self._send(content(modelTurn={"role": "model", "parts": [{"inlineData": blob}]}))
            if answer.first_audio_s is None:
                answer.first_audio_s = time.monotonic()
            answer.samples += len(chunk) // 2
            while caption and caption[0] < end:
                answer.text += caption[1]
                if self._transcribe:
                    await self._send(content(outputTranscription={"text": caption[1]}))
                caption = next(captions, None)
            at = end
            await asyncio.sleep(len(chunk) / 2 / REPLY_HZ / self._random.uniform(*SEND_RATES))

    def _chunk_bytes(self, first: bool) -> int:
        milliseconds = FIRST_CHUNK_MS if first else self._random.randint(*CHUNK_MS)
        return REPLY_HZ * milliseconds // 1000 * 2


def _placed(sentence: str, length: int, first: bool) -> Iterator[tuple[int, str]]:
    """Pieces of the transcription, each with the byte where its sound is likely to begin."""
    letters = 0
    for piece in pieces_of(sentence):
        yield length * letters // len(sentence), piece if letters or first else " " + piece
        letters += len(piece)


def usage(vertex: bool, prompt: dict[str, int], spoken_tokens: int, text: str) -> dict[str, Any]:
    """`usageMetadata` of a turn; `prompt` is what was read for it, by modality.

    Vertex says `candidates` where the Developer API says `response`.
    """
    response = {"AUDIO": spoken_tokens, "TEXT": text_tokens(text)}
    output = "candidates" if vertex else "response"
    spoken, prompted = sum(response.values()), sum(prompt.values())
    return {
        "promptTokenCount": prompted,
        f"{output}TokenCount": spoken,
        "totalTokenCount": prompted + spoken,
        "promptTokensDetails": _details(prompt),
        f"{output}TokensDetails": _details(response),
        **({"trafficType": "ON_DEMAND"} if vertex else {}),
    }


def _details(tokens: dict[str, int]) -> list[dict[str, Any]]:
    return [{"modality": name, "tokenCount": count} for name, count in tokens.items() if count]
