"""Errors of a session that are not the vendor's words: those are `refusals`."""

from kiosk.errors import KioskError


class SessionStateError(KioskError, RuntimeError):
    """The session is not where this call makes sense, or has no such thing."""


class SessionLostError(KioskError, ConnectionError):
    """The session ended before it was ready.

    Args:
        reason: in one line, for a person.
        final: a person has to mend something first.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class RoomError(KioskError, ConnectionError):
    """The session's room cannot be joined, or takes nothing of ours."""


class SessionMayBeOpenError(KioskError, RuntimeError):
    """The vendor has not confirmed the end: the session may still cost money."""


class LivekitMissingError(KioskError, ImportError):
    """The vendor's client of rooms is not installed."""
