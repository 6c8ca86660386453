"""Which utterance the avatar speaks, from the vendor's events. Pure.

There are two families of them: `agent.state_updated` tells the avatar's pose, while
`agent.speak_started`, `_ended` and `_interrupted` tell of a speech. A session sends one or both,
and Streaming Avatar's room has a third kind. Each may come twice, late or never, so everything here
can be told again without harm, and nothing waits for it.
"""

from collections.abc import Mapping
from typing import Any

from kiosk.avatar.interface import Idle, Speaking

PREFIX = "utterance-"


def event_id(utterance: int) -> str:
    """Our id of all events of an utterance; it comes back as `source_event_id`."""
    return f"{PREFIX}{utterance}"


def _utterance_of(event: Mapping[str, Any]) -> int | None:
    source = event.get("source_event_id")
    if isinstance(source, str) and source.removeprefix(PREFIX).isdecimal():
        return int(source.removeprefix(PREFIX))
    return None


def talking(event: Mapping[str, Any]) -> bool | None:
    """Whether the event says that the avatar talks, or that it does not; None if it says neither.

    `agent.audio_buffer_*` acknowledge what was received, not what is heard.
    """
    match event.get("type"):
        case "agent.state_updated":
            return event.get("new_state") == "talking"
        case "agent.speak_started" | "avatar_start_talking":
            return True
        case (
            "agent.speak_ended"
            | "agent.speak_interrupted"
            | "agent.idle_started"
            | "avatar_stop_talking"
        ):
            return False
    return None


class Talk:
    """The utterances that were sent and are not over."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._ended: set[int] = set()
        self._started: set[int] = set()
        self._on = False

    def sent(self, utterance: int) -> None:
        """Sound of it was sent."""
        if utterance not in self._open:
            self._open.append(utterance)

    def ended(self, utterance: int) -> list[Speaking | Idle]:
        """All of it was sent."""
        if utterance in self._open:
            self._ended.add(utterance)
        if not self._on and utterance in self._started:
            return self._over(utterance)  # Its last sound was over before we said that it was.
        return []

    def interrupted(self) -> list[Speaking | Idle]:
        """We have told it to be silent, and do not wait for it to say that it is."""
        told: list[Speaking | Idle] = [Idle(utterance) for utterance in self._open]
        self._open.clear()
        self._ended.clear()
        self._started.clear()
        self._on = False
        return told

    def event(self, event: Mapping[str, Any]) -> list[Speaking | Idle]:
        """Something came from the vendor."""
        on = talking(event)
        if on is None:
            return []
        utterance = _utterance_of(event)
        if utterance is not None and utterance not in self._open:
            return []  # Of one that is over.
        self._on = on
        if on:
            return self._begin(utterance)
        current = utterance if utterance is not None else self._current()
        if current is None or current not in self._ended or current not in self._started:
            return []  # It waits for more; or it never began, and this is of the one before.
        return self._over(current)

    def _begin(self, utterance: int | None) -> list[Speaking | Idle]:
        """It talks: the utterance that the event names, or the oldest that is not over."""
        if utterance is None:
            utterance = self._open[0] if self._open else None
        if utterance is None or utterance in self._started:
            return []
        self._started.add(utterance)
        return [Speaking(utterance)]

    def _current(self) -> int | None:
        return next((utterance for utterance in self._open if utterance in self._started), None)

    def _over(self, utterance: int) -> list[Speaking | Idle]:
        self._open.remove(utterance)
        self._ended.discard(utterance)
        self._started.discard(utterance)
        return [Idle(utterance)]
