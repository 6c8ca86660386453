"""AvatarIM's protocol without I/O: frames and times in, actions out. Pure.

The vendor's own client dials again after a loss but does not start its session again, though it
believes it open: all that is sent from then on is lost. Here the options of the wanted session
outlive the connection. Each new connection starts it again; a bounded queue
holds what is sent meanwhile.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any

from msgspec import Struct

from kiosk.avatar.cloud.avatarim import frames
from kiosk.avatar.cloud.avatarim.actions import (
    Action,
    CloseSocket,
    DialSocket,
    LineEnded,
    LineLost,
    LineOpened,
    SendFrame,
    SessionFailed,
    SessionReady,
)
from kiosk.errors import KioskError

READY_TIMEOUT_S = 10.0
"""From the start of a session to its `startResult`; the vendor's client waits for ever."""
HEARTBEAT_INTERVAL_S = 20.0
"""Without a frame of ours for so long a heartbeat is sent; the server cuts after 60."""
DEAD_LINE_TIMEOUT_S = 45.0
"""Without a frame of theirs for so long the line is taken for dead: two heartbeats unanswered."""
CONNECT_TIMEOUT_S = 10.0
"""From dialling to the server's `1`."""
MAX_TRIES = 3
"""Connections in a row that did not get as far as wanted, before somebody must do more."""
GOOD_LINE_S = 10.0
"""A connection that lasted so long makes the tries anew."""
RETRY_DELAY_S = 0.5
"""Pause before the second try; it doubles, and is jittered."""
MAX_SEEN_IDS = 100
"""Message ids that are remembered: the server sends some messages twice."""
MAX_QUEUED_SOUND_S = 2.0
"""Most sound that waits for the session."""
MAX_QUEUED_TEXTS = 20
"""Most texts that wait for the session; the oldest are dropped."""
PIECE_S = 0.1
"""Sound is sent in pieces of so long."""


class AvatarImError(KioskError, ConnectionError):
    """The session is not there, or was refused; the message holds no token."""


class ImLineState(Enum):
    """How far the line is."""

    CLOSED = "closed"
    DIALLING = "dialling"
    OPEN = "open"
    """The server's `1` has come."""


class QueuedContent(Struct, frozen=True):
    """What waits for the session."""

    content: dict[str, Any]
    message_id: str
    sound_s: float


class ImProtocol:
    """See the module. After each call take what is to be done from `actions`.

    Args:
        app_id: of the application.
        session_id: of the instance.
        chance: gives random numbers from 0 to 1.
        epoch_ms: gives the Unix time, for message ids.
    """

    def __init__(
        self,
        app_id: str,
        session_id: str,
        chance: Callable[[], float],
        epoch_ms: Callable[[], int],
    ) -> None:
        self._app_id = app_id
        self._session_id = session_id
        self._chance = chance
        self._epoch_ms = epoch_ms
        self._actions: list[Action] = []
        self.line = ImLineState.CLOSED
        self.ready = False
        """Whether the session was started on this line."""
        self._options: dict[str, Any] | None = None
        """Of the session that is wanted."""
        self._start_id = ""
        self._ready_by_s: float | None = None
        self._dialled_s = 0.0
        self._good_from_s = float("inf")
        """Since when the line is all that was wanted."""
        self._up_s = 0.0
        self._down_s = 0.0
        self._beat_s = 0.0
        self._tries = 0
        self._queue: deque[QueuedContent] = deque()
        self._last_id = (0, 0)
        self._seen: deque[str] = deque(maxlen=MAX_SEEN_IDS)
        self.dropped_sounds = 0
        """Pieces of sound that were lost before the session was ready."""
        self.dropped_texts = 0
        self.reconnects = 0

    def actions(self) -> list[Action]:
        """Take what is to be done, in order."""
        taken, self._actions = self._actions, []
        return taken

    # --- what the owner wants -----------------------------------------------------------------

    def connect(self, now_s: float) -> None:
        """Open the line; also again after it ended."""
        if self.line is ImLineState.CLOSED:
            self._tries = 0
            self._dial(0.0, now_s)

    def close(self) -> None:
        """Close the line, and forget the session; no reconnect."""
        self.ready = False
        self._options = None
        self._ready_by_s = None
        self._queue.clear()
        self.line = ImLineState.CLOSED
        self._actions.append(CloseSocket())

    def start_session(self, options: dict[str, Any], now_s: float) -> str:
        """Start the session, at once or as soon as the line is there; return the message's id."""
        self._must_be_json(options)
        self._options = dict(options)
        self.ready = False
        self._start_id = self._new_id()
        self._ready_by_s = now_s + READY_TIMEOUT_S
        if self.line is ImLineState.OPEN:
            self._send_start(now_s)
        return self._start_id

    def stop_session(self, now_s: float) -> str:
        """Stop the session; what waits for it is dropped."""
        self._options, self.ready, self._ready_by_s = None, False, None
        self._queue.clear()
        message_id = self._new_id()
        if self.line is ImLineState.OPEN:
            self._business({"type": "stop", "sessionId": self._session_id}, message_id, now_s)
        return message_id

    def send_text(self, text: str, now_s: float) -> str:
        """Send what the visitor wrote; half a pair of surrogates becomes U+FFFD."""
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return self._data({"text": whole}, 0.0, now_s)

    def send_audio(self, base64: str, sound_s: float, now_s: float) -> str:
        """Send `sound_s` seconds of what the visitor said, as bare base64."""
        return self._data({"audio": base64}, sound_s, now_s)

    def refresh_context(self, options: dict[str, Any], now_s: float) -> str:
        """Give the dialogue other facts."""
        content = {"type": "refreshContext", "sessionId": self._session_id, **options}
        return self.send_message(content, now_s)

    def send_message(self, content: dict[str, Any], now_s: float) -> str:
        """Send any content in the envelope; the line must be open."""
        message_id = self._new_id()
        self._must_be_open()
        self._must_be_json(content)
        self._business(content, message_id, now_s)
        return message_id

    def send(self, text: str, now_s: float) -> None:
        """Send a frame as it is; the line must be open."""
        self._must_be_open()
        self._send(text, now_s)

    # --- what happens -------------------------------------------------------------------------

    def received(self, text: str, now_s: float) -> None:
        """A frame came."""
        if self.line is ImLineState.CLOSED:
            return
        self._down_s = now_s
        match frames.parse(text):
            case frames.ServerHello():
                self._connected(now_s)
            case frames.ServerClosing(reason=reason):
                self._lose(reason or "SERVER_CONNECTION_CLOSED", now_s)
            case frames.HeartbeatReply():
                pass
            case frames.BusinessMessage() as message:
                self._message(message)
            case frames.Acknowledgement() as ack:
                self._actions.append(ack)
                starting = ack.message_id == self._start_id and self._ready_by_s is not None
                if ack.error and starting:
                    self._fail(f"the start was refused: {ack.error}", {"error": ack.error})
            case other:
                self._actions.append(other)

    def lost(self, reason: str, now_s: float, *, refused: bool = False) -> None:
        """The socket broke, or could not be opened; `refused` where a token was turned down."""
        if self.line is ImLineState.CLOSED:
            return
        if refused:
            self._end(reason)
        else:
            self._lose(reason, now_s)

    def advance(self, now_s: float) -> None:
        """Time has gone on."""
        if self._ready_by_s is not None and now_s >= self._ready_by_s:
            self._fail(f"no startResult within {READY_TIMEOUT_S:g} s", {})
        if self.line is ImLineState.DIALLING and now_s - self._dialled_s >= CONNECT_TIMEOUT_S:
            self._lose(f"no connection within {CONNECT_TIMEOUT_S:g} s", now_s)
        if self.line is not ImLineState.OPEN:
            return
        if now_s - self._down_s >= DEAD_LINE_TIMEOUT_S:
            self._lose("HEARTBEAT_TIMEOUT", now_s)
        elif now_s - min(self._up_s, max(self._down_s, self._beat_s)) >= HEARTBEAT_INTERVAL_S:
            # Our sound keeps the server content, but only a heartbeat makes it answer.
            self._beat(now_s)

    # --- within -------------------------------------------------------------------------------

    def _dial(self, pause_s: float, now_s: float) -> None:
        self.line = ImLineState.DIALLING
        self._dialled_s = now_s + pause_s
        self._actions.append(DialSocket(pause_s))

    def _connected(self, now_s: float) -> None:
        first = self.line is not ImLineState.OPEN
        self.line = ImLineState.OPEN
        self._beat(now_s)
        if not first:
            return
        self._actions.append(LineOpened())
        self._good_from_s = now_s
        if self._options is not None:
            self._good_from_s = float("inf")
            self._ready_by_s = now_s + READY_TIMEOUT_S
            self._send_start(now_s)

    def _send_start(self, now_s: float) -> None:
        content = frames.start_content(self._session_id, self._options or {})
        self._business(content, self._start_id, now_s)

    def _message(self, message: frames.BusinessMessage) -> None:
        if message.message_id:
            if message.message_id in self._seen:
                return
            self._seen.append(message.message_id)
        if message.type == "startResult" and self._ready_by_s is not None:
            refused = frames.refused_start(message.content)
            if refused:
                self._fail(f"the start was refused: {refused}", message.content)
            else:
                self._become_ready(message.content)
        self._actions.append(message)

    def _become_ready(self, content: dict[str, Any]) -> None:
        self.ready, self._ready_by_s, self._good_from_s = True, None, self._down_s
        self._actions.append(SessionReady(content))
        while self._queue:
            waiting = self._queue.popleft()
            self._business(waiting.content, waiting.message_id, self._down_s)

    def _fail(self, reason: str, content: dict[str, Any]) -> None:
        """The session was not started. The line stays: the owner may start another."""
        self._options, self.ready, self._ready_by_s = None, False, None
        self._queue.clear()
        self._actions.append(SessionFailed(reason, content))

    def _data(self, what: dict[str, Any], sound_s: float, now_s: float) -> str:
        if self._options is None:
            raise AvatarImError("the session was not started: call start_session first")
        content = {"type": "dataSend", "sessionId": self._session_id, **what}
        message_id = self._new_id()
        if self.ready:
            self._business(content, message_id, now_s)
        else:
            self._queue.append(QueuedContent(content, message_id, sound_s))
            self._bound_queue()
        return message_id

    def _bound_queue(self) -> None:
        """Drop the oldest of what is too much, of each kind by its own bound."""
        sounds = [waiting for waiting in self._queue if "audio" in waiting.content]
        texts = [waiting for waiting in self._queue if "text" in waiting.content]
        while (
            len(sounds) > 1
            and sum(waiting.sound_s for waiting in sounds) > MAX_QUEUED_SOUND_S + 1e-6
        ):
            self._queue.remove(sounds.pop(0))
            self.dropped_sounds += 1
        while len(texts) > MAX_QUEUED_TEXTS:
            self._queue.remove(texts.pop(0))
            self.dropped_texts += 1

    def _lose(self, reason: str, now_s: float) -> None:
        """The line is lost: dial again, or give up."""
        if self.line is ImLineState.OPEN and now_s - self._good_from_s >= GOOD_LINE_S:
            self._tries = 0
        self.ready = False
        self._actions.append(CloseSocket())
        # A sentence with a hole would be misheard: whoever spoke is asked again.
        kept = [waiting for waiting in self._queue if "audio" not in waiting.content]
        self.dropped_sounds += len(self._queue) - len(kept)
        self._queue = deque(kept)
        self._tries += 1
        if reason in {frames.KICK_OUT, frames.CONNECTION_TIMEOUT} or self._tries >= MAX_TRIES:
            self._end(reason)
            return
        at_once = reason in frames.RECONNECT_AT_ONCE and self._tries == 1
        pause_s = RETRY_DELAY_S * 2 ** (self._tries - 1) * (0.5 + self._chance() / 2)
        self.reconnects += 1
        if self._options is not None:
            self._start_id = self._new_id()
            # Until the line is there the time of the start does not run.
            self._ready_by_s = None
        self._actions.append(LineLost(reason))
        self._dial(0.0 if at_once else pause_s, now_s)

    def _end(self, reason: str) -> None:
        self.ready = False
        self.line, self._options, self._ready_by_s = ImLineState.CLOSED, None, None
        self._queue.clear()
        self._actions += [CloseSocket(), LineEnded(reason, kicked=reason == frames.KICK_OUT)]

    def _must_be_json(self, content: dict[str, Any]) -> None:
        """Judge it at the call: later it would tear the line down for all."""
        try:
            frames.business(content, self._app_id, "")
        except (TypeError, ValueError, RecursionError) as error:
            raise AvatarImError(f"this cannot be sent as JSON: {error}") from None

    def _must_be_open(self) -> None:
        if self.line is not ImLineState.OPEN:
            raise AvatarImError("not connected: call connect first")

    def _business(self, content: dict[str, Any], message_id: str, now_s: float) -> None:
        self._send(frames.business(content, self._app_id, message_id), now_s)

    def _beat(self, now_s: float) -> None:
        self._beat_s = now_s
        self._send(frames.HEARTBEAT, now_s)

    def _send(self, text: str, now_s: float) -> None:
        self._up_s = now_s
        self._actions.append(SendFrame(text))

    def _new_id(self) -> str:
        """`msg_<ms>_<3 digits>`, never the same twice."""
        ms, count = self._last_id
        now_ms = self._epoch_ms()
        if now_ms > ms:
            ms, count = now_ms, 0
        elif count == 999:
            ms, count = ms + 1, 0
        else:
            count += 1
        self._last_id = (ms, count)
        return f"msg_{ms}_{count:03}"
