"""The server's end of the recogniser: starts the process of `recogniser.py`, and asks it.

If that process dies it is started again. Utterances that were open then are understood as no words,
so that the visitor gets the fallback answer and not silence.
"""

import asyncio
import contextlib
import itertools
import logging
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Protocol

import msgspec
import numpy as np
import soxr

from kiosk.concierge.recogniser_pipe import (
    LENGTH,
    RATE_HZ,
    Feed,
    KnownQuestions,
    Recognised,
    RecogniserReady,
    frame,
)
from kiosk.errors import KioskError, UserError
from kiosk.settings import installation

log = logging.getLogger(__name__)

RESTART_DELAY_S = 1.0
"""Pause before a recogniser that died is started again."""
RESULT_TIMEOUT_S = 10.0
"""A result takes 0.15 s; a recogniser that needs this long is stuck, and is replaced."""

_answers = msgspec.msgpack.Decoder(RecogniserReady | Recognised)


class Recognition(Protocol):
    """The recognition of one utterance; see `ProcessRecognition`."""

    def feed(self, pcm: bytes, rate_hz: int = ...) -> None: ...

    async def finish(self) -> str: ...

    def drop(self) -> None: ...


class SpeechRecogniser(Protocol):
    """What turns speech into words; see `RecogniserProcess`."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def listen(self) -> Recognition: ...


class RecogniserProcess:
    """Starts the recogniser and asks it; `listen` opens an utterance."""

    def __init__(self, entries: Sequence[Sequence[Sequence[str]]]) -> None:
        self._questions = KnownQuestions([[list(words) for words in entry] for entry in entries])
        self._numbers = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._attendant: asyncio.Task[None] | None = None
        self._open: dict[int, asyncio.Future[str]] = {}

    async def start(self) -> None:
        """Start the recogniser and wait until it listens (about half a second).

        Raises:
            UserError: it is not installed.
            KioskError: it does not start.
        """
        if find_spec("pocketsphinx") is None:
            raise UserError(
                "the concierge recognises speech with pocketsphinx, which is not installed."
                f" Install it: {installation.library('concierge')}"
            )
        await self._spawn()
        self._attendant = asyncio.create_task(self._attend())

    async def close(self) -> None:
        """Stop the recogniser."""
        if self._attendant:
            self._attendant.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._attendant
        if self._process:
            self._kill()
            await self._process.wait()

    def listen(self) -> "ProcessRecognition":
        """Open an utterance."""
        return ProcessRecognition(self, next(self._numbers))

    def send(self, feed: Feed) -> None:
        """Give the recogniser sound. Lost while it is being restarted."""
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(frame(feed))

    async def result(self, utterance: int) -> str:
        """What was heard in an utterance that was ended."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open[utterance] = future
        try:
            async with asyncio.timeout(RESULT_TIMEOUT_S):
                return await future
        except TimeoutError:
            log.exception("the recogniser is stuck; starting another")
            self._kill()
            return ""
        finally:
            del self._open[utterance]

    def _kill(self) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "kiosk.concierge.recogniser",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdin  # noqa: S101 - asked for just now
        self._process.stdin.write(frame(self._questions))
        match await self._read():
            case RecogniserReady(unknown=[_, *_] as unknown):
                log.warning(
                    "the recogniser cannot pronounce these words of the knowledge file, and listens"
                    " for the rest of their questions: %s. Write them in plainer words",
                    ", ".join(unknown),
                )
            case None:
                raise KioskError("the recogniser did not start; its own message stands above")

    async def _read(self) -> RecogniserReady | Recognised | None:
        assert self._process and self._process.stdout  # noqa: S101, PT018 - a pipe, see _spawn
        try:
            (length,) = LENGTH.unpack(await self._process.stdout.readexactly(LENGTH.size))
            message: RecogniserReady | Recognised = _answers.decode(
                await self._process.stdout.readexactly(length)
            )
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return message

    async def _attend(self) -> None:
        """Hand results to those who wait; start the process again when it dies."""
        while True:
            match await self._read():
                case Recognised(utterance, text):
                    future = self._open.get(utterance)
                    if future and not future.done():
                        future.set_result(text)
                case None:
                    log.error("the recogniser died; starting another")
                    for future in self._open.values():
                        if not future.done():
                            future.set_result("")
                    await asyncio.sleep(RESTART_DELAY_S)
                    with contextlib.suppress(KioskError):
                        await self._spawn()


class ProcessRecognition:
    """One stretch of speech on its way to the recogniser."""

    def __init__(self, hearing: RecogniserProcess, number: int) -> None:
        self._hearing = hearing
        self._number = number
        self._resampler: soxr.ResampleStream | None = None
        self._rate_hz = RATE_HZ

    def feed(self, pcm: bytes, rate_hz: int = RATE_HZ) -> None:
        """Take in s16le mono sound. Decoding goes on meanwhile, in the other process."""
        if rate_hz != RATE_HZ:
            pcm = self._resampled(pcm, rate_hz)
        self._hearing.send(Feed(self._number, pcm))

    async def finish(self) -> str:
        """End the utterance; what was heard in it, or "" for nothing."""
        self._hearing.send(Feed(self._number, b"", end=True))
        return await self._hearing.result(self._number)

    def drop(self) -> None:
        """End the utterance and forget it."""
        self._hearing.send(Feed(self._number, b"", drop=True))

    def _resampled(self, pcm: bytes, rate_hz: int) -> bytes:
        if self._resampler is None or rate_hz != self._rate_hz:
            self._resampler = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="int16")
            self._rate_hz = rate_hz
        samples: np.ndarray = self._resampler.resample_chunk(np.frombuffer(pcm, "<i2"))
        return samples.tobytes()
