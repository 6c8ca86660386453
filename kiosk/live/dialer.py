"""Carries out the core's decisions over links: dials, sends what is pulled, tells what comes.

It decides nothing. Nothing is pulled before the socket can take it, so a slow line is felt there,
not in a queue.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from msgspec.structs import replace

from kiosk.core import staff_codes
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Action, Dial, Trouble
from kiosk.core.inputs import Input, LinkLost, LinkOpened, Received
from kiosk.core.link_state import Phase
from kiosk.core.messages import decode
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.realtime_messages import encode_audio
from kiosk.core.step import Core, Outputs
from kiosk.core.timeouts import AdaptiveTimeout
from kiosk.errors import CredentialError, LinkError, MessageError
from kiosk.live import trouble_lines as lines
from kiosk.live.link import MAX_OPEN_TIMEOUT_S, OPEN_TIMEOUT_S, Link
from kiosk.live.trouble_log import TroubleLog

log = logging.getLogger("kiosk.live")

CREDENTIAL_TIMEOUT_S = 10.0
"""For a token from Google; google-auth by itself waits for two minutes."""
MAX_CREDENTIAL_TIMEOUT_S = 40.0
"""The same on a line where that was too short."""
MAX_BAD_FRAMES = 100
"""Frames of a link that are no messages; a service that sends more is not worth listening to."""
PROTOCOL_ERROR = 1002
"""Close code. Source: RFC 6455, section 7.4.1."""


class UrlAndHeaders(Protocol):
    """Where to connect to and with which headers; asked anew at each attempt."""

    source: str
    """Where the key or token came from, for staff."""

    async def for_attempt(self, refresh: bool = False) -> tuple[str, dict[str, str]]: ...


class Dialer:
    """See the module.

    Args:
        core: is asked what goes out next.
        credentials: see `UrlAndHeaders`.
        read: microphone PCM (s16le) of the samples [start, end).
        post: takes what has happened, for the core's next step.
    """

    def __init__(
        self,
        core: Core,
        credentials: UrlAndHeaders,
        read: Callable[[int, int], bytes],
        post: Callable[[Input], None],
    ) -> None:
        self.bad_frames = 0
        self.setups_sent = 0
        self._core = core
        self._credentials = credentials
        self._read = read
        self._post = post
        self._actions: deque[Action] = deque()
        self._phase = Phase.DOWN
        self._work = asyncio.Event()
        self._link: Link | None = None
        """What is sent goes to it; set while a link is open and its setup is sent."""
        self._number = 0
        """Of the link."""
        self._call: asyncio.Task[None] | None = None
        self._troubles = TroubleLog(log)
        self._credential_timeout = AdaptiveTimeout(CREDENTIAL_TIMEOUT_S, MAX_CREDENTIAL_TIMEOUT_S)
        self._open_timeout = AdaptiveTimeout(OPEN_TIMEOUT_S, MAX_OPEN_TIMEOUT_S)
        self._timed_out = 0
        """Dials in a row that took too long."""

    def obey(self, outputs: Outputs) -> None:
        """Carry out what a step of the core wants; there may be something to send, too."""
        for trouble in outputs.troubles:
            self._tell(trouble)
        for name in outputs.oddities:
            log.info("unusable data of the service, more of it is only counted: %s", name)
        if outputs.phase is Phase.UP and self._phase is not Phase.UP:
            self._troubles.up(time.monotonic())
        self._phase = outputs.phase
        if outputs.actions:
            self._actions.extend(outputs.actions)
            self._work.set()
        self.wake()

    def wake(self) -> None:
        """There may be something to send: it is, as far as the socket takes it."""
        link = self._link
        while link is not None and link.writable:
            outgoing = self._core.pull(time.monotonic(), self._number)
            if outgoing is None:
                return
            link.send(self._encode(outgoing))
            self._core.sent(outgoing, time.monotonic())
            if not outgoing.more:
                return

    async def run(self) -> None:
        """Carry out actions until cancelled; hangs up on the way out."""
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                while self._actions:
                    action = self._actions.popleft()
                    await self._hang_up()
                    if isinstance(action, Dial):
                        self._call = asyncio.create_task(self._talk(action))
                        self._call.add_done_callback(_tell_fault)
        finally:
            await self._hang_up()

    async def drain(self, limit_s: float) -> None:
        """Give the writer a moment to send what is ready: the open turn's end, at a shutdown."""
        deadline = time.monotonic() + limit_s
        while (view := self._core.view()).link.phase is Phase.UP and view.unsent:
            if time.monotonic() > deadline:
                return
            self.wake()
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
            what, _, remedy = str(error).partition(". ")
            loss = Disconnect(
                reason=what, local_fault=staff_codes.KEY, advice=remedy or "Retrying."
            )
        self._post(LinkLost(dial.link, loss))

    async def _talk_until_lost(self, dial: Dial) -> Disconnect:
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(self._credential_timeout.seconds):
                url, headers = await self._credentials.for_attempt(dial.refresh_credential)
        except TimeoutError:
            self._credential_timeout.expired()
            return Disconnect(reason="Google's token service does not answer", timed_out=True)
        self._credential_timeout.met(time.monotonic() - began_s)
        link = await self._open(url, headers)
        try:
            link.send(dial.setup)
            self.setups_sent += 1
            self._post(LinkOpened(dial.link))
            self._link, self._number = link, dial.link
            bad_before = self.bad_frames
            link.listen(partial(self._take, link, dial.link, bad_before), self.wake)
            await link.ended()
            if self.bad_frames - bad_before > MAX_BAD_FRAMES:
                return Disconnect(PROTOCOL_ERROR, "the service sends frames that are not messages")
            return link.loss
        finally:
            self._link = None
            await link.close()

    async def _open(self, url: str, headers: dict[str, str]) -> Link:
        """Connect, with more patience after a dial that took too long.

        And in turn over IPv4 alone: a tunnel may carry the handshake of IPv6, and swallow all
        larger packets.
        """
        began_s, limit_s = time.monotonic(), self._open_timeout.seconds
        try:
            link = await Link.open(url, headers, limit_s, ipv4_only=self._timed_out % 2 == 1)
        except LinkError as error:
            if error.args[0].timed_out:
                self._timed_out += 1
                self._open_timeout.expired()
            else:
                self._timed_out = 0
            raise
        self._timed_out = 0
        self._open_timeout.met(time.monotonic() - began_s)
        return link

    def _tell(self, trouble: Trouble) -> None:
        """Tell the journal: code, cause, remedy."""
        loss, now_s = trouble.loss, time.monotonic()
        kind, line = lines.of(trouble, self._credentials.source)
        code = "" if trouble.was_up else trouble.code  # It is opened again at once.
        known = {"CODE": code, "CLOSE_CODE": loss.code, "HTTP_STATUS": loss.http_status}
        fields = {name: value for name, value in known.items() if value not in ("", None)}
        level = logging.WARNING if code else logging.INFO
        self._troubles.trouble(kind, line, now_s, fields, level)

    def _take(self, link: Link, number: int, bad_before: int, frame: bytes) -> None:
        """Take a frame; `bad_before`: bad ones of the links before it."""
        try:
            message = decode(frame)
        except MessageError as error:
            if self.bad_frames == bad_before:
                words = "unreadable frame of the service, more are only counted: %s"
                log.warning(words, error)
            self.bad_frames += 1
            if self.bad_frames - bad_before > MAX_BAD_FRAMES:
                link.abort()
            return
        if (told := message.error) is not None:
            status, words = link.clean(told.status), link.clean(told.message)
            message.error = replace(told, status=status, message=words)
        if message.unknown:
            message.unknown = tuple(link.clean(name) for name in message.unknown)
        self._post(Received(number, message))

    def _encode(self, outgoing: Outgoing) -> bytes:
        if outgoing.kind is Kind.AUDIO:
            return encode_audio(self._read(outgoing.start, outgoing.end))
        return outgoing.payload


def _tell_fault(task: asyncio.Task[None]) -> None:
    """Nobody awaits these tasks: a fault of ours in one goes to the loop's exception handler."""
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
