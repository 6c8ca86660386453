"""What both of the vendor's products are to the driver: a way to open, keep and stop a session."""

import datetime
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from kiosk.avatar.cloud.heygen.rest import RefusedError
from kiosk.settings.urls import is_loopback

MILLISECONDS = 1e11
"""A number above it counts milliseconds: as seconds it would be the year 5138."""

Born = Callable[[str], Awaitable[None]]
"""Called with a session's id as soon as the vendor has told it, and awaited before anything else is
done.
"""


class Opened(Struct, frozen=True):
    """A session that is open, and costs."""

    session: str
    room_url: str
    room_token: str
    pcm_url: str
    """Where our own sound is sent; empty if the vendor gave none."""
    cap_s: float | None
    """Seconds after which the vendor ends it."""

    def __repr__(self) -> str:
        return f"<session {self.session}>"  # A room's token stands in no log.


class Task(Struct, frozen=True):
    """A text that is being said."""

    task: str
    duration_s: float


class Listed(Struct, frozen=True):
    """A session that the vendor's list shows as open."""

    session: str
    created_s: float | None
    """Unix time of its creation; None where the list does not tell."""


class FrontEnd(Protocol):
    """One of the two products."""

    product: str
    least_s: float
    """Seconds that a session costs at least."""

    @property
    def idle_s(self) -> float:
        """Seconds without a sign of life after which the vendor ends a session."""
        ...

    speaks_text: bool
    """Whether `say` can be used where there is no socket for sound."""

    async def open(self, born: Born) -> Opened:
        """Open and start a session, ready to be joined."""
        ...

    async def touch(self, session: str) -> None:
        """Reset its idle timer."""
        ...

    async def stop(self, session: str, timeout_s: float) -> None:
        """End it; one that has ended already is no error."""
        ...

    async def list_sessions(self) -> list[Listed]:
        """Tell which sessions are open under this key, ours and others'."""
        ...

    async def say(self, session: str, text: str) -> Task:
        """Have a text said in the vendor's own voice."""
        ...

    async def interrupt(self, session: str) -> None:
        """Fall silent."""
        ...

    async def listening(self, session: str, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        ...


def field(data: Any, name: str) -> str:
    """Text of an answer that there is no going on without."""
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value:
        raise RefusedError(f"the answer holds no {name}", in_doubt=True)
    return value


def address(data: Any, name: str) -> str:
    """URL of a socket; clear text is taken towards this machine only."""
    value = field(data, name)
    url = urlsplit(value)
    if url.scheme in {"wss", "https"} or is_loopback(url.hostname or ""):
        return value
    raise RefusedError(f"{name} of the answer is not encrypted: it is not joined", final=True)


def seconds(data: Any, name: str) -> float | None:
    """Seconds of an answer; None where there are none."""
    value = data.get(name)
    return float(value) if isinstance(value, (int, float)) and value > 0 else None


def listed(data: Any) -> list[Listed]:
    """A list of sessions: seen as `data[]`, `data.sessions[]` and `data.results[]`."""
    if isinstance(data, dict):
        data = data.get("sessions") or data.get("results") or []
    if not isinstance(data, list):
        return []
    found = []
    for item in data:
        session = (item.get("session_id") or item.get("id")) if isinstance(item, dict) else None
        if isinstance(session, str):
            found.append(Listed(session, _unix_s(item.get("created_at"))))
    return found


def _unix_s(value: Any) -> float | None:
    """A point in time: seconds, milliseconds, or a date; without a zone it is UTC."""
    if isinstance(value, (int, float)) and 0 < value < float("inf"):
        return value / 1000 if value > MILLISECONDS else float(value)
    try:
        when = datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return when.replace(tzinfo=when.tzinfo or datetime.UTC).timestamp()
