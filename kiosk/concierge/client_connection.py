"""One connection: which message may come when, and what it does to the session.

A connection dies with its socket; the `ServiceSession` that it serves may live on. A message that
is out of order ends it with 1007, as at Google's, so that a faulty client is found here.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

from kiosk.concierge import client_messages, function_schemas, model_rules, setup_options
from kiosk.concierge.activity import ActivityDetector, ActivityEvent
from kiosk.concierge.client_messages import Refusal, invalid
from kiosk.concierge.context import ServiceContext
from kiosk.concierge.exchanges import has_words, picture, written
from kiosk.concierge.recogniser_process import Recognition
from kiosk.concierge.record import StateEntry, StateRecord
from kiosk.concierge.resumption_updates import UPDATE_INTERVAL_S, ResumptionUpdates
from kiosk.concierge.session import Activity, Exchange, ServiceSession
from kiosk.concierge.setup_options import SetupOptions
from kiosk.concierge.turn_queue import ServiceTurn, TurnQueue

log = logging.getLogger(__name__)

SETUP_DELAY_S = 0.03
"""Time from setup to setupComplete; what a client sends meanwhile comes too early."""


class Socket(Protocol):
    """What a connection needs of a WebSocket; with `--faults` it is a `FaultySocket`."""

    async def recv(self) -> bytes | str: ...

    async def send(self, message: bytes, /) -> None: ...

    async def close(self, code: int, reason: str, /) -> None: ...

    def __aiter__(self) -> AsyncIterator[bytes | str]: ...


async def serve(
    socket: Socket, platform: client_messages.Platform, context: ServiceContext, number: int
) -> None:
    """Serve a client from its setup until either side ends the connection."""
    frame: bytes | str = b""
    connection: Connection | None = None
    try:
        frame = await socket.recv()
        kind, setup = client_messages.decode(frame, platform.vertex)
        if kind != "setup":
            raise invalid("the first message is the setup")
        wanted = setup_options.read(setup, platform)
        session = _session_for(wanted, context)
        connection = Connection(socket, platform, context, number, wanted, session)
        await connection.run()
    except Refusal as refusal:
        log.warning("connection %d refused: %d %s", number, refusal.code, refusal.why)
        index, newest = (0, frame) if connection is None else connection.newest
        told = "connection %d: message %d (%s) is refused: %s"
        log.debug(told, number, index, client_messages.outline(newest or frame), refusal.why)
        await socket.close(refusal.code, refusal.reason)
    except ConnectionClosed:
        log.debug("connection %d is gone", number)


def _session_for(wanted: SetupOptions, context: ServiceContext) -> ServiceSession:
    """A new session, or the one that the handle leads back to."""
    if not wanted.handle:
        return context.sessions.new()
    session = context.sessions.resume(wanted.handle)
    if session is None:
        raise invalid("the handle leads nowhere: unknown, too old, or of another service")
    if not wanted.manual:
        session.activity = None  # The detector begins anew.
    return session


class Connection:
    """A client's WebSocket after its setup."""

    def __init__(
        self,
        socket: Socket,
        platform: client_messages.Platform,
        context: ServiceContext,
        number: int,
        wanted: SetupOptions,
        session: ServiceSession,
    ) -> None:
        self._socket = socket
        self._platform = platform
        self._context = context
        self._number = number
        self._options = wanted
        self._session = session
        self._turns = TurnQueue(
            send=self._send,
            update=self._update,
            add_to_history=self._add_to_history,
            context=context,
            session=session,
            options=wanted,
            vertex=platform.vertex,
        )
        self._updates = ResumptionUpdates(self._send, session, wanted)
        self._frame: bytes | str = b""
        """The client's last message."""
        self._variants = session.variants
        self._utterance: Recognition | None = None
        self._detector: ActivityDetector | None = None
        self._in_history = wanted.initial_history
        self._history_begun = False
        self._parting: asyncio.Task[None] | None = None
        self._beat: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._left = False
        session.owner = self

    @property
    def newest(self) -> tuple[int, bytes | str]:
        """The client's last message after the setup, and its number."""
        return self._updates.index, self._frame

    async def run(self) -> None:
        """Serve until the end.

        Raises:
            Refusal: a message is out of order or not legal.
            ConnectionClosed: the client is gone.
        """
        try:
            await self._complete_setup()
            async for frame in self._socket:
                if self._left:  # superseded: the session is another's
                    break
                self._updates.index += 1
                self._frame = frame
                await self._take(frame)
        finally:
            for task in filter(None, (self._parting, self._beat)):
                task.cancel()
            self._leave()
            if self._ending:
                await self._ending

    def supersede(self) -> None:
        """Another connection has resumed our session: ours ends with 1011."""
        self._leave()
        self._end(1011, "Internal error encountered.")

    async def _complete_setup(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETUP_DELAY_S):
                self._frame = await self._socket.recv()
            self._updates.index = 1
            raise invalid("it came before setupComplete")
        log.info("connection %d serves session %s", self._number, self._session.id)
        await self._send({"setupComplete": {"sessionId": self._session.id}})
        self._add_to_history()
        if self._session.activity:
            self._listen(self._session.activity)
            if self._session.activity.ended:
                self._end_activity()
        await self._update()
        if self._variants.updates == "second" and self._options.transparent:
            self._beat = asyncio.create_task(self._update_each_second())
        if self._context.go_away_after_s is not None:
            self._parting = asyncio.create_task(
                self._go_away(self._context.go_away_after_s, self._context.time_left_s)
            )

    async def _go_away(self, after_s: float, time_left_s: float) -> None:
        """Announce the end of the connection, and end it."""
        await asyncio.sleep(after_s)
        with contextlib.suppress(ConnectionClosed):  # `run` learns it, and cancels us
            await self._send({"goAway": {"timeLeft": f"{time_left_s:g}s"}})
        await asyncio.sleep(time_left_s)
        if self._platform.vertex:
            self._end(1000, "The operation was cancelled.")
        else:
            self._end(1011, "Deadline expired before operation could complete.")

    def _end(self, code: int, reason: str) -> None:
        """Close the connection; `run` then ends, and waits for the closing to be over."""
        self._ending = asyncio.create_task(self._socket.close(code, reason))

    # --- messages ------------------------------------------------------------------------------

    async def _take(self, frame: bytes | str) -> None:
        kind, message = client_messages.decode(frame, self._platform.vertex)
        was_idle = self._turns.idle
        match kind:
            case "realtimeInput":
                await self._take_realtime(message)
            case "clientContent":
                await self._take_content(message)
            case "toolResponse":
                self._turns.take_tool_response(message.get("functionResponses", []))
            case "contextUpdate":
                function_schemas.check(message.get("tools", {}).get("tools", []))  # and no more
            case _:
                raise invalid("there is one setup a connection")
        each = self._options.transparent and self._variants.updates == "message"
        if each or (was_idle and not self._turns.idle):
            await self._update()

    async def _take_realtime(self, message: dict[str, Any]) -> None:
        if len(message) != 1:
            raise invalid("realtimeInput has exactly one field")
        self._expect(not self._history_begun, "the history lacks its turnComplete")
        self._in_history = False  # A client that speaks at once has no history: pipecat does.
        refused = self._variants.input_in_a_call == "refused" and self._session.pending_calls
        if refused and "activityEnd" not in message:
            raise Refusal(1008, client_messages.ABORTED, "a call waits for its response")
        match message:
            case {"activityStart": _}:
                self._expect_manual()
                self._expect(self._utterance is None, "an activity is open already")
                await self._start_activity()
            case {"activityEnd": _}:
                self._expect_manual()
                self._expect(self._utterance is not None, "no activity is open")
                self._end_activity()
            case {"audio": blob}:
                await self._take_audio(blob)
            case {"video": blob}:
                self._add_to_history(picture(blob))
            case {"mediaChunks": blobs}:
                for blob in blobs:
                    if blob.get("mimeType", "").startswith("image/"):
                        self._add_to_history(picture(blob))
                    else:
                        await self._take_audio(blob)
            case {"audioStreamEnd": _}:
                self._expect(not self._options.manual, "activities are told by hand")
                if self._detector:
                    await self._detected(list(self._detector.flush()))
            case {"text": text} if has_words(text):
                await self._turns.interrupt()
                self._turns.ask(text)
            case {"text": _}:
                self._answer_what_was_said()

    async def _take_audio(self, blob: dict[str, Any]) -> None:
        rate_hz = client_messages.pcm_rate_hz(blob.get("mimeType", ""))
        pcm: bytes = blob.get("data", b"")
        self._expect(len(pcm) % 2 == 0, "half a sample: an odd number of bytes")
        if self._options.manual:
            self._expect(self._utterance is not None, "sound outside of an activity")
            self._feed(pcm, rate_hz)
            return
        if self._detector is None:
            self._detector = self._options.detector(rate_hz)
        await self._detected(list(self._detector.feed(pcm)))

    async def _take_content(self, message: dict[str, Any]) -> None:
        turns = [written(turn) for turn in message.get("turns", [])]
        complete = message.get("turnComplete", False)
        taken = model_rules.takes_content(self._options.model, history=self._in_history)
        self._expect(taken, "clientContent in mid-session")
        asks = complete and not self._in_history
        if asks and not any(has_words(turn.text) for turn in turns if turn.role == "user"):
            self._answer_what_was_said(*(turn for turn in turns if turn.role != "user"))
            return
        await self._turns.interrupt()
        if asks:
            question = turns.pop() if turns[-1].role == "user" else Exchange("user", "")
            self._add_to_history(*turns)
            self._turns.ask(question.text)
            return
        self._add_to_history(*turns)
        self._in_history = self._history_begun = self._in_history and not complete
        if not self._options.transparent:
            await self._update()

    def _answer_what_was_said(self, *told: Exchange) -> None:
        """Answer what the client said last, in sound or in writing.

        A turn without a word of the user asks for that, and interrupts nothing: after each
        `activityEnd`, livekit-agents sends a turn of one full stop, and pipecat may send an end of
        turn with no turn in it, or a text that is one space.

        Args:
            told: becomes history too, such as instructions.
        """
        session, question = self._session, ""
        idle = self._turns.idle
        if idle and session.history and session.history[-1].role == "user":
            question = session.history[-1].text
            session.history = session.history[:-1]  # It becomes history with its answer.
        self._add_to_history(*told)
        if idle:
            self._turns.ask(question)

    def _expect_manual(self) -> None:
        self._expect(self._options.manual, "activities are detected: the setup does not disable it")

    @staticmethod
    def _expect(legal: bool, otherwise: str) -> None:
        if not legal:
            raise invalid(otherwise)

    # --- activities ----------------------------------------------------------------------------

    async def _detected(self, events: list[ActivityEvent]) -> None:
        for kind, pcm in events:
            if kind == "start":
                await self._start_activity()
            elif kind == "audio":
                self._feed(pcm, self._detector.rate_hz if self._detector else 0)
            else:
                self._end_activity()

    async def _start_activity(self) -> None:
        if self._options.interrupts:
            await self._turns.interrupt()
        self._listen(self._session.new_activity())

    def _listen(self, activity: Activity) -> None:
        self._utterance = self._context.recogniser.listen()
        if activity.pcm:
            self._utterance.feed(bytes(activity.pcm), activity.rate_hz)

    def _feed(self, pcm: bytes, rate_hz: int) -> None:
        activity = self._session.activity
        assert activity and self._utterance  # noqa: S101, PT018 - checked by the callers
        activity.rate_hz = rate_hz
        activity.pcm += pcm
        self._utterance.feed(pcm, rate_hz)

    def _end_activity(self) -> None:
        activity, utterance = self._session.activity, self._utterance
        assert activity and utterance  # noqa: S101, PT018 - checked by the callers
        self._utterance = None
        if self._variants.unanswered_turn == "answered":
            activity.ended = True
        else:
            self._session.activity = None
        turn = ServiceTurn.spoken(activity, self._session, self._number)
        self._turns.answer(turn, bytes(activity.pcm), utterance)

    # --- the rest ------------------------------------------------------------------------------

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send(client_messages.encode(frame))

    async def _update(self) -> None:
        """Say whether the session can be resumed from here, if the client wants to know.

        Without `transparent` a handle comes only between turns; with it one comes for each message,
        also in the middle of an activity. While an answer is given there is none.
        """
        activity = self._session.activity
        unanswered = activity is not None and activity.ended
        between = (self._turns.idle or unanswered) and (
            self._options.transparent or not self._utterance
        )
        await self._updates.tell(resumable=between)

    async def _update_each_second(self) -> None:
        while True:
            await asyncio.sleep(UPDATE_INTERVAL_S)
            if not self._updates.is_told:
                with contextlib.suppress(ConnectionClosed):  # `run` learns it, and cancels us
                    await self._update()

    def _add_to_history(self, *exchanges: Exchange) -> None:
        """Make history of what was said, and record what the session holds now."""
        session = self._session
        session.history += exchanges
        entries = [StateEntry(each.role, each.text, each.pcm) for each in session.history]
        resumed = bool(self._options.handle)
        self._context.recorder.state(
            StateRecord(time.monotonic(), session.id, self._number, resumed, entries)
        )

    def _leave(self) -> None:
        """Release the session; what was not finished is recorded as cut."""
        if self._left:
            return
        self._left = True
        self._turns.cut()
        session = self._session
        if self._utterance and session.activity:
            self._utterance.drop()
            turn = ServiceTurn.spoken(session.activity, session, self._number)
            self._turns.answer_cut(turn, bytes(session.activity.pcm))
        if session.owner is self:
            session.owner = None
            session.ended_s = time.monotonic()
