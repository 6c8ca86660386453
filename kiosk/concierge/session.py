"""The logical session: what survives a connection, and the handles that lead back to it.

A handle stands for a resume point: the history at that moment, and the open activity up to there.
Both only grow, so that a resume point is two references and a length, and taking one after each
message (50 a second in Vertex's transparent mode) costs next to nothing.
"""

import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from kiosk.concierge.protocol_variants import ProtocolVariants
from kiosk.formats import MICROPHONE_HZ

HANDLE_LIFE_S = 2 * 3600.0
"""Source: Developer API, session management: a handle is good for 2 h after the session's end."""
MAX_RESUME_POINTS = 5_000
"""Handles of one session that lead somewhere: in transparent mode, those of 100 s of speech."""
MAX_ENDED_SESSIONS = 100
"""Sessions that nobody is connected to and that can still be resumed."""
TOKENS_PER_S = 25
"""Source: Live API pricing: a second of audio is 25 tokens."""


def audio_tokens(samples: int, rate_hz: int) -> int:
    """Tokens that a piece of sound costs."""
    return -(-samples * TOKENS_PER_S // rate_hz)


def text_tokens(text: str) -> int:
    """Tokens that a text costs, at about four letters each."""
    return -(-len(text) // 4)


class Exchange(NamedTuple):
    """One entry of the history."""

    role: str
    """`user` or `model`."""
    text: str
    audio_tokens: int = 0
    pcm: str = ""
    """Its sound in the record; empty for what was written."""
    picture_tokens: int = 0


class Activity:
    """Speech that is being taken in: the PCM between an activityStart and its activityEnd."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.rate_hz = MICROPHONE_HZ
        self.pcm = bytearray()
        self.ended = False
        """Its activityEnd has come, and its answer has not begun."""
        self.started_s = time.monotonic()


class SessionOwner(Protocol):
    """A connection that serves a session."""

    def supersede(self) -> None:
        """Another connection has resumed the session: let go of it at once."""


class ResumePoint(NamedTuple):
    """What a handle leads back to."""

    history: tuple[Exchange, ...]
    activity: Activity | None
    activity_bytes: int
    ended: bool
    """The activity's end had come."""
    last_index: int
    """Of the client's messages."""


@dataclass
class ServiceSession:
    """One conversation, over however many connections."""

    number: int
    variants: ProtocolVariants = field(default_factory=ProtocolVariants)
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    history: tuple[Exchange, ...] = ()
    activity: Activity | None = None
    """What is being said; with the reading that an unanswered turn is answered after a resume, also
    what has just been said."""
    index: int = 0
    """The client's last message, where messages are numbered in the session."""
    turns: int = 0
    """Activities begun; never counted back, so that each has a name of its own in the record."""
    pending_calls: dict[str, str] = field(default_factory=dict)
    """Tool calls without a response yet: id to name."""
    calls: int = 0
    """How many were made; each has an id of its own, over all connections."""
    owner: SessionOwner | None = None
    ended_s: float | None = None
    """When the last connection went, in monotonic seconds."""
    checkpoints: dict[str, ResumePoint] = field(default_factory=dict)
    _issued: deque[str] = field(default_factory=deque)

    def new_activity(self) -> Activity:
        """Open an activity."""
        self.turns += 1
        self.activity = Activity(self.turns)
        return self.activity

    def checkpoint(self) -> str:
        """A new handle that leads back to this moment."""
        handle = f"{self.id}.{secrets.token_urlsafe(9)}"
        activity = self.activity
        if activity and self.variants.open_utterance == "forgotten" and not activity.ended:
            activity = None
        length, ended = (len(activity.pcm), activity.ended) if activity else (0, False)
        self.checkpoints[handle] = ResumePoint(self.history, activity, length, ended, self.index)
        self._issued.append(handle)
        if len(self._issued) > MAX_RESUME_POINTS:
            del self.checkpoints[self._issued.popleft()]
        return handle

    def go_back(self, handle: str) -> None:
        """Restore the state that `handle` stands for; what came after it is forgotten."""
        checkpoint = self.checkpoints[handle]
        self.history = checkpoint.history
        self.index = checkpoint.last_index
        self.pending_calls.clear()
        self.ended_s = None
        self.activity = None
        if checkpoint.activity:
            activity = self.new_activity()
            activity.rate_hz = checkpoint.activity.rate_hz
            activity.pcm += checkpoint.activity.pcm[: checkpoint.activity_bytes]
            activity.ended = checkpoint.ended

    def answer_begins(self) -> None:
        """An answer begins: from now on no handle leads back to before it."""
        if self.activity and self.activity.ended:
            self.activity = None

    def leads_back(self, handle: str) -> bool:
        """Whether the session can be resumed with `handle`."""
        newest = self._issued[-1] if self._issued else ""
        return handle in self.checkpoints and (
            self.variants.older_handles == "good" or handle == newest
        )

    def context_tokens(self) -> dict[str, int]:
        """Tokens of the history by modality: all of it is billed again in each turn."""
        return {
            "TEXT": sum(text_tokens(each.text) for each in self.history if not each.audio_tokens),
            "AUDIO": sum(each.audio_tokens for each in self.history),
            "VIDEO": sum(each.picture_tokens for each in self.history),
        }


class Sessions:
    """All sessions that can still be resumed."""

    def __init__(self, variants: ProtocolVariants | None = None) -> None:
        self._variants = variants or ProtocolVariants()
        self._sessions: dict[str, ServiceSession] = {}
        self._count = 0

    def new(self) -> ServiceSession:
        """Begin a session."""
        self._forget_old()
        self._count += 1
        session = ServiceSession(self._count, self._variants)
        self._sessions[session.id] = session
        return session

    def resume(self, handle: str) -> ServiceSession | None:
        """The session of `handle`, restored to that moment; None where there is no such handle.

        A connection that still serves the session is superseded.
        """
        self._forget_old()
        session = self._sessions.get(handle.partition(".")[0])
        if session is None or not session.leads_back(handle):
            return None
        if session.owner:
            session.owner.supersede()
            session.owner = None
        session.go_back(handle)
        return session

    def _forget_old(self) -> None:
        oldest_s = time.monotonic() - HANDLE_LIFE_S
        ended = [(s.ended_s, s.id) for s in self._sessions.values() if s.ended_s is not None]
        for number, (ended_s, session_id) in enumerate(sorted(ended, reverse=True)):
            if ended_s < oldest_s or number >= MAX_ENDED_SESSIONS:
                del self._sessions[session_id]
