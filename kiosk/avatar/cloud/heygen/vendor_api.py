"""What both of the vendor's products are to the client: a way to open, keep and stop a session."""

import datetime
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from kiosk.avatar.cloud.heygen.refusals import NoAnswerError, WrongRequestError
from kiosk.settings.urls import is_loopback

MIN_MILLISECONDS = 1e11
"""A number above it counts milliseconds: as seconds it would be the year 5138."""

OnCreated = Callable[[str], Awaitable[None]]
"""Called with a session's id as soon as the vendor has told it. The client waits for
it before it does anything else."""
TaskType = Literal["repeat", "talk"]
"""To be said word by word, or to be answered by the vendor's own model."""
TaskMode = Literal["sync", "async"]
"""Whether the call returns when the text was said, or at once."""


class OpenedSession(Struct, frozen=True):
    """A session that is open, and costs."""

    session_id: str
    room_url: str
    room_token: str
    audio_url: str
    """Where our own sound is sent; empty if the vendor gave none."""
    max_duration_s: float | None
    """Seconds after which the vendor ends it."""
    is_paid: bool | None = None
    """As Streaming Avatar tells it."""

    def __repr__(self) -> str:
        return f"<session {self.session_id}>"  # A room's token stands in no log.


class SpeakTask(Struct, frozen=True):
    """A text that is being said."""

    task_id: str
    """It comes back in the events; empty where the vendor tells none."""
    duration_s: float
    """As the vendor expects it; 0 where it tells none."""


class ListedSession(Struct, frozen=True):
    """A session that the vendor's list shows as open."""

    session_id: str
    created_s: float | None
    """Unix time of its creation; None where the list does not tell."""


class VendorApi(Protocol):
    """The REST API of one of the two products."""

    product: str
    billed_at_least_s: float
    """Seconds that a session costs at least."""
    speaks_text: bool
    """Whether `speak` can be used where there is no socket for sound."""

    @property
    def idle_timeout_s(self) -> float:
        """Seconds without a sign of life after which the vendor ends a session."""
        ...

    @property
    def takes_audio(self) -> bool:
        """Whether there is a socket for sound of ours, as the session is asked for."""
        ...

    @property
    def needs_agent(self) -> bool:
        """Whether somebody of the vendor's beside the avatar has to be in the room, who takes our
        commands there and holds the conversation.
        """
        ...

    async def open(self, on_created: OnCreated) -> OpenedSession:
        """Open and start a session, ready to be joined."""
        ...

    async def extend_session(self, session_id: str) -> None:
        """Reset its idle timer."""
        ...

    async def stop(self, session_id: str, timeout_s: float) -> None:
        """End it; one that has ended already is no error."""
        ...

    async def list_sessions(self) -> list[ListedSession]:
        """Tell which sessions are open under this key, ours and others'."""
        ...

    async def speak(
        self, session_id: str, text: str, task_type: TaskType, task_mode: TaskMode
    ) -> SpeakTask:
        """Have a text said in the vendor's own voice."""
        ...

    async def interrupt(self, session_id: str) -> None:
        """Fall silent."""
        ...

    async def set_listening(self, session_id: str, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        ...


def field(data: Any, name: str) -> str:
    """Text of an answer that there is no going on without.

    Raises:
        NoAnswerError: it is not there.
    """
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value:
        raise NoAnswerError(f"the answer holds no {name}", in_doubt=True)
    return value


def address(data: Any, name: str) -> str:
    """URL of a socket; clear text is taken towards this machine only.

    Raises:
        NoAnswerError: it is not there.
        WrongRequestError: it is in clear text.
    """
    value = field(data, name)
    url = urlsplit(value)
    if url.scheme in {"wss", "https"} or is_loopback(url.hostname or ""):
        return value
    raise WrongRequestError(f"{name} of the answer is not encrypted: it is not joined")


def seconds(data: Any, name: str) -> float | None:
    """Seconds of an answer; None where there are none."""
    value = data.get(name)
    return float(value) if isinstance(value, (int, float)) and value > 0 else None


def listed(data: Any) -> list[ListedSession]:
    """A list of sessions: seen as `data[]`, `data.sessions[]` and `data.results[]`."""
    if isinstance(data, dict):
        data = data.get("sessions") or data.get("results") or []
    if not isinstance(data, list):
        return []
    found = []
    for item in data:
        session = (item.get("session_id") or item.get("id")) if isinstance(item, dict) else None
        if isinstance(session, str):
            found.append(ListedSession(session, _unix_s(item.get("created_at"))))
    return found


def _unix_s(value: Any) -> float | None:
    """A point in time: seconds, milliseconds, or a date; without a zone it is UTC."""
    if isinstance(value, (int, float)) and 0 < value < float("inf"):
        return value / 1000 if value > MIN_MILLISECONDS else float(value)
    try:
        when = datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return when.replace(tzinfo=when.tzinfo or datetime.UTC).timestamp()
