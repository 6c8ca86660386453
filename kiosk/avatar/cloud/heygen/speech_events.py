"""Which reply the avatar speaks, from the vendor's events. Pure.

There are two families of them: `agent.state_updated` tells the avatar's pose, while
`agent.speak_started`, `_ended` and `_interrupted` tell of a speech. A session sends one or both,
and Streaming Avatar's room has a third kind. Each may come twice, late or never, so everything here
can be told again without harm, and nothing waits for it.
"""

from collections.abc import Mapping
from typing import Any

from kiosk.avatar.cloud.heygen.session_events import ReplyEnded, ReplyStarted, type_of

PREFIX = "reply-"


def event_id(reply: int) -> str:
    """Our id of all events of a reply; it comes back as `source_event_id`."""
    return f"{PREFIX}{reply}"


def _reply_of(event: Mapping[str, Any]) -> int | None:
    source = event.get("source_event_id")
    if isinstance(source, str) and source.removeprefix(PREFIX).isdecimal():
        return int(source.removeprefix(PREFIX))
    return None


def talking(event: Mapping[str, Any]) -> bool | None:
    """Whether the event says that the avatar talks, or that it does not; None if it says neither.

    `agent.audio_buffer_*` acknowledge what was received, not what is heard.
    """
    match type_of(event):
        case "agent.state_updated":
            return event.get("new_state") == "talking"
        case "agent.speak_started" | "avatar_start_talking" | "avatar.speak_started":
            return True
        case (
            "agent.speak_ended"
            | "agent.speak_interrupted"
            | "agent.idle_started"
            | "avatar_stop_talking"
            | "avatar.speak_ended"
        ):
            return False
    return None


class SpeechEvents:
    """The replies that were sent and are not over."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._ended: set[int] = set()
        self._started: set[int] = set()
        self._on = False

    def sent(self, reply: int) -> None:
        """Sound of it was sent."""
        if reply not in self._open:
            self._open.append(reply)

    def ended(self, reply: int) -> list[ReplyStarted | ReplyEnded]:
        """All of it was sent."""
        if reply in self._open:
            self._ended.add(reply)
        if not self._on and reply in self._started:
            return self._over(reply)  # Its last sound was over before we said that it was.
        return []

    def interrupted(self) -> list[ReplyStarted | ReplyEnded]:
        """We have told it to be silent, and do not wait for it to say that it is."""
        over: list[ReplyStarted | ReplyEnded] = [ReplyEnded(reply=reply) for reply in self._open]
        self._open.clear()
        self._ended.clear()
        self._started.clear()
        self._on = False
        return over

    def event(self, event: Mapping[str, Any]) -> list[ReplyStarted | ReplyEnded]:
        """Something came from the vendor."""
        on = talking(event)
        if on is None:
            return []
        reply = _reply_of(event)
        if reply is not None and reply not in self._open:
            return []  # Of one that is over.
        self._on = on
        if on:
            return self._begin(reply)
        current = reply if reply is not None else self._current()
        if current is None or current not in self._ended or current not in self._started:
            return []  # It waits for more; or it never began, and this is of the one before.
        return self._over(current)

    def _begin(self, reply: int | None) -> list[ReplyStarted | ReplyEnded]:
        """It talks: the reply that the event names, or the oldest that is not over."""
        if reply is None:
            reply = self._open[0] if self._open else None
        if reply is None or reply in self._started:
            return []
        self._started.add(reply)
        return [ReplyStarted(reply=reply)]

    def _current(self) -> int | None:
        return next((reply for reply in self._open if reply in self._started), None)

    def _over(self, reply: int) -> list[ReplyStarted | ReplyEnded]:
        self._open.remove(reply)
        self._ended.discard(reply)
        self._started.discard(reply)
        return [ReplyEnded(reply=reply)]
