"""What the model has asked to have done, until it is told what came of it.

A call belongs to the link that it came over: no handle comes while one waits, so a session that is
resumed knows nothing of it, and its answer is not sent again. Source: Live API, `toolCall`,
`toolCallCancellation`; gemini-live close code 1008 on input while a call waits.
"""

from collections import deque
from typing import Any, NamedTuple

from kiosk.core.events import CallCancelled, Called, Event
from kiosk.core.fields import Note
from kiosk.core.messages import (
    ClientMessage,
    FunctionResponse,
    ToolCall,
    ToolCallCancellation,
    ToolResponse,
    encode,
)
from kiosk.core.opening import Opening
from kiosk.core.outbox import Outbox

SPEECH_GATE_S = 10.0
"""How long speech is recorded and not sent because a call waits: the service may close with 1008 on
it. Longer would cost the visitor more than a resume does.
"""
MAX_WAITING = 32
"""Calls of one link that are carried out at a time."""
CALL_TIMEOUT_S = 65.0
"""A call that nobody answers for so long gets an error, or the session would hang. Longer than any
tool's own deadline (`settings.tool_settings.MAX_TIMEOUT_S`)."""


class _WaitingCall(NamedTuple):
    id: str
    name: str
    since_s: float


class Calls:
    """The calls of one link.

    Args:
        outbox: where the answers go.
        events: where it is told what to do.
        opening: tells the names of what can be done; a call of any other is refused at once.
        note: is told the name of what is passed over.
    """

    def __init__(self, outbox: Outbox, events: deque[Event], opening: Opening, note: Note) -> None:
        self._outbox = outbox
        self._note = note
        self._events = events
        self._opening = opening
        self._waiting: dict[str, _WaitingCall] = {}
        """By the call's id, or one of ours where it has none."""
        self._nameless = 0

    @property
    def wait(self) -> bool:
        """Whether one is not answered yet."""
        return bool(self._waiting)

    @property
    def oldest_s(self) -> float | None:
        """Since when the oldest that waits does so; None where none does."""
        return min((one.since_s for one in self._waiting.values()), default=None)

    def gate(self, now_s: float) -> bool:
        """Whether the service may close the link on speech now."""
        return any(now_s - one.since_s < SPEECH_GATE_S for one in self._waiting.values())

    def take(self, call: ToolCall, utterance: int, now_s: float) -> bool:
        """The model calls. Returns whether any of it is to be carried out.

        Args:
            call: what it wants.
            utterance: what it is answering, or 0.
            now_s: now.
        """
        before = len(self._waiting)
        for function in call.function_calls:
            if function.id in self._waiting:
                continue  # The same call again: one answer goes out, and it is carried out once.
            if len(self._waiting) >= MAX_WAITING:
                words = f"{MAX_WAITING} calls are waiting already"
                self._answer(function.id, function.name, _error("too_many_calls", words))
            elif function.name in self._opening.tools:
                id_ = function.id or self._id_of_ours(utterance)
                self._waiting[id_] = _WaitingCall(function.id, function.name, now_s)
                self._events.append(Called(utterance, id_, function.name, function.args))
            else:
                words = f"no tool named {function.name!r} here"
                self._answer(function.id, function.name, _error("unknown_tool", words))
        return len(self._waiting) > before

    def refuse(self, call: ToolCall) -> None:
        """The model calls for what was asked, and answered, before a line broke."""
        for function in call.function_calls:
            words = "this was asked and seen to before"
            self._answer(function.id, function.name, _error("already_done", words))

    def cancel(self, cancellation: ToolCallCancellation) -> None:
        """The model does not want it any more: its answer is not sent."""
        for id_ in cancellation.ids:
            if self._waiting.pop(id_, None) is not None:
                self._events.append(CallCancelled(0, id_))

    def respond(self, id_: str, response: dict[str, Any], scheduling: str = "") -> bool:
        """It was done. Returns whether anybody still waits to hear that."""
        if id_ not in self._waiting:
            return False
        waited = self._waiting.pop(id_)
        self._answer(waited.id, waited.name, response, scheduling)
        return True

    def overdue(self, now_s: float) -> list[str]:
        """Those that should have been answered by now."""
        waiting = self._waiting.items()
        return [id_ for id_, one in waiting if now_s - one.since_s > CALL_TIMEOUT_S]

    def clear(self) -> None:
        """The link is gone, and with it whoever asked."""
        self._events.extend(CallCancelled(0, id_) for id_ in self._waiting)
        self._waiting.clear()

    def _id_of_ours(self, utterance: int) -> str:
        self._nameless += 1
        return f"#{utterance}.{self._nameless}"

    def _answer(self, id_: str, name: str, response: dict[str, Any], scheduling: str = "") -> None:
        answer = ToolResponse([FunctionResponse(id_, name, response, scheduling or None)])
        if not self._outbox.post(encode(ClientMessage(tool_response=answer))):
            self._note("toolCall (more than can be answered)")


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
