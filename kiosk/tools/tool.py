"""One thing that the model may call: the interface of every kind of tool."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from msgspec import Struct

from kiosk.errors import KioskError

DEFAULT_TIMEOUT_S = 10.0
IN_DOUBT = "It may have been done all the same. Do not call it again; say that you are not sure."


class ToolUse(Struct, frozen=True):
    """One call of a tool, as the tool is told of it."""

    call: str
    """The call's id, as the service gave it."""
    key: str
    """Names this use and no other one, for a header such as `Idempotency-Key`."""


class ToolError(KioskError, RuntimeError):
    """A call that came to nothing, in words for the model.

    Args:
        code: such as `bad_arguments`, `not_available` or `failed`.
        message: what is wrong, and what to do instead.
        in_doubt: what was asked for may have been done all the same.
        journal: what the journal says instead, where the message may repeat words of a visitor.
    """

    def __init__(
        self, code: str, message: str, *, in_doubt: bool = False, journal: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.in_doubt = in_doubt
        # What is wrong with arguments quotes them, and they may be what a visitor said.
        told = "its arguments do not fit" if code == "bad_arguments" else message
        self.journal = journal or told

    def response(self) -> dict[str, Any]:
        """What the model gets."""
        told = {"error": {"code": self.code, "message": str(self)}}
        return {**told, "note": IN_DOUBT} if self.in_doubt else told


Run = Callable[[dict[str, Any], ToolUse], Awaitable[dict[str, Any]]]


class Tool(Struct, frozen=True):
    """See the module."""

    name: str
    about: str
    """What it does and when to call it, in words for the model."""
    run: Run
    """Carries out a call with its arguments, in the loop; gives what the model gets.

    It is cancelled at its deadline, and where the model takes the call back. May raise `ToolError`.
    """
    parameters: dict[str, Any] | None = None
    """Schema of the arguments, an OBJECT with properties; None: it takes none.
    Source: Live API, `Schema`."""
    timeout_s: float = DEFAULT_TIMEOUT_S
    """The model is told after so many seconds that it took too long."""
    acts: bool = True
    """It has an effect that must not come twice, other than to tell or show something."""
    origin: str = "built in"
    """Where it comes from, for a person, such as `webhook` or `MCP server tickets`."""
    answer: Literal["first", "later", "silent"] = "first"
    """Whether the model waits for the answer, talks on and takes it up later, or says nothing of
    it; as far as its family can."""


ToolSource = Callable[[], tuple[Tool, ...]]
"""Tells the tools that can be called now; the same tuple again while they are the same."""
