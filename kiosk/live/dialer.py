"""Carries out the session's decisions over links: dials, sends what is pulled, feeds what comes.

It decides nothing. One task reads and one writes while a link is up; sending waits for the socket,
so a slow line is felt where things are pulled, not in a queue.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from kiosk.core.conversation import Conversation
from kiosk.core.events import Dial
from kiosk.core.losses import Loss
from kiosk.core.messages import decode, encode_audio
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.session import Phase
from kiosk.errors import CredentialError, LinkError, MessageError
from kiosk.live.link import Link

log = logging.getLogger("kiosk.live")

CREDENTIAL_LIMIT_S = 10.0
"""For a token from Google; google-auth by itself waits for two minutes."""


class UrlAndHeaders(Protocol):
    """Where to connect to and with which headers; asked anew at each attempt."""

    async def for_attempt(self, refresh: bool = False) -> tuple[str, dict[str, str]]: ...


class Dialer:
    """See the module.

    Args:
        conversation: what decides; it owns the session.
        credentials: see `UrlAndHeaders`.
        read: microphone PCM (s16le) of the samples [start, end).
        on_event: called after anything that may have changed the conversation.
    """

    def __init__(
        self,
        conversation: Conversation,
        credentials: UrlAndHeaders,
        read: Callable[[int, int], bytes],
        on_event: Callable[[], None],
    ) -> None:
        self.bad_frames = 0
        self.setups_sent = 0
        self._conversation = conversation
        self._session = conversation.session
        self._credentials = credentials
        self._read = read
        self._on_event = on_event
        self._work = asyncio.Event()
        self._writable = asyncio.Event()
        self._link: Link | None = None
        self._call: asyncio.Task[None] | None = None

    def poke(self) -> None:
        """Something may be to do: an action, or samples that can be sent."""
        if self._session.actions:
            self._work.set()
        self._writable.set()

    async def run(self) -> None:
        """Carry out actions until cancelled; hangs up on the way out."""
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                while self._session.actions:
                    action = self._session.actions.popleft()
                    await self._hang_up()
                    if isinstance(action, Dial):
                        self._call = asyncio.create_task(self._talk(action))
                        self._call.add_done_callback(_tell_fault)
        finally:
            await self._hang_up()

    async def drain(self, limit_s: float) -> None:
        """Give the writer a moment to send what is ready: the open turn's end, at a shutdown."""
        deadline = time.monotonic() + limit_s
        while self._session.phase is Phase.UP and time.monotonic() < deadline:
            if all(u.ended or u.done for u in self._session.outbox.utterances):
                return
            self.poke()
            await asyncio.sleep(0.01)

    async def _hang_up(self) -> None:
        if self._call is not None:
            self._call.cancel()
            # Not `await call`: our own cancellation would be taken for the call's, and swallowed.
            await asyncio.wait([self._call])
            self._call = None

    async def _talk(self, dial: Dial) -> None:
        """One link from dial to loss."""
        if dial.left_out:
            log.warning(
                "the session could not be opened with %s: it is opened without", dial.left_out
            )
        try:
            loss = await self._talk_until_lost(dial)
        except LinkError as error:
            loss = error.args[0]
        except CredentialError as error:
            loss = Loss(reason=str(error), local_fault="K-KEY")
        log.warning(
            "link lost: %s",
            loss.reason or f"close code {loss.code}",
            extra={"kiosk": {"CLOSE_CODE": loss.code, "HTTP_STATUS": loss.http_status}},
        )
        self._session.lost(loss, time.monotonic())
        self._on_event()

    async def _talk_until_lost(self, dial: Dial) -> Loss:
        try:
            async with asyncio.timeout(CREDENTIAL_LIMIT_S):
                url, headers = await self._credentials.for_attempt(dial.refresh_credential)
        except TimeoutError:
            return Loss(reason="the token service does not answer")
        link = await Link.open(url, headers)
        writer: asyncio.Task[None] | None = None
        try:
            await link.send(dial.setup)
            self.setups_sent += 1
            self._session.opened(time.monotonic())
            self._on_event()
            async for frame in link.frames():
                self._take(link, frame)
                if writer is None and self._session.phase is Phase.UP:
                    writer = asyncio.create_task(self._write(link))
                    writer.add_done_callback(_tell_fault)
            return link.loss
        finally:
            if writer is not None:
                writer.cancel()
            await link.close()

    def _take(self, link: Link, frame: bytes) -> None:
        try:
            message = decode(frame)
            if (error := message.error) is not None:
                status, words = link.clean(error.status), link.clean(error.message)
                message.error = replace(error, status=status, message=words)
            self._session.receive(message, time.monotonic())
        except MessageError as error:
            self.bad_frames += 1
            log.warning("frame passed over: %s", error)
        self._on_event()

    async def _write(self, link: Link) -> None:
        while True:
            outgoing = self._conversation.pull(time.monotonic())
            if outgoing is None:
                self._writable.clear()
                await self._writable.wait()
                continue
            await link.send(self._encode(outgoing))
            self._conversation.sent(outgoing, time.monotonic())

    def _encode(self, outgoing: Outgoing) -> bytes:
        if outgoing.kind is Kind.AUDIO:
            return encode_audio(self._read(outgoing.start, outgoing.end))
        return outgoing.payload


def _tell_fault(task: asyncio.Task[None]) -> None:
    """Nobody awaits these tasks: a fault of ours in one goes to the loop's exception handler."""
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
