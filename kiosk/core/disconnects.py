"""Why a link was lost, and what is to be done about it.

The service uses one close code for many faults (1011 is both "try again" and "you are out of
quota"). So the name of the error is read first where there is one, then the words, and only then
the code. Words are cut at 123 bytes in a close frame: a phrase is known by its beginning too.

Source: Live API close codes and words as collected from the official clients' issue trackers;
HTTP statuses at the WebSocket upgrade; google/rpc/code.proto.
"""

from enum import Enum

from msgspec import Struct
from msgspec.structs import force_setattr

from kiosk.core import staff_codes
from kiosk.settings.untrusted import clean


class Disconnect(Struct, frozen=True):
    """How a link ended, or why it could not be opened."""

    code: int | None = None
    """WebSocket close code; None where the line broke without one."""
    reason: str = ""
    """The service's words, or ours about the system's error."""
    http_status: int | None = None
    """Status of a refused upgrade."""
    local_fault: str = ""
    """Our own code for staff, where it is known on this side (no key, say)."""
    retry_after_s: float | None = None
    """How long a refusal asks us to stay away. Source: RFC 9110, section 10.2.3, `Retry-After`"""
    status: str = ""
    """Name of the error, where the service gives one: `RESOURCE_EXHAUSTED`.
    Source: google/rpc/code.proto."""
    advice: str = ""
    """What staff are to do, where that is known better than by the code."""
    timed_out: bool = False
    """Nothing came in time, and we stopped waiting."""

    def __post_init__(self) -> None:
        """Whoever says it, it goes to the log, to `status` and to the screen."""
        force_setattr(self, "reason", clean(self.reason))
        force_setattr(self, "status", clean(self.status))


BROKEN = Disconnect(reason="the connection broke")
"""The connection ended without a close frame."""
BROKEN_EARLY = Disconnect(
    reason="the connection breaks before a session is open",
    local_fault=staff_codes.LINK,
    advice="Does a firewall or a proxy on the way end it? Retrying.",
)
"""The same after the setup went out: the service had answered HTTP, so there is a network."""
TOO_LATE = Disconnect(
    reason="the service does not answer the setup",
    local_fault=staff_codes.LINK,
    advice="Retrying, and waiting longer: the connection may be slow.",
    timed_out=True,
)
_CANONICAL = (
    "", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
"""By their numbers. Source: google/rpc/code.proto."""
_BY_HTTP = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Source: the same, "HTTP mapping"."""
_CLOSE_CODES = {
    "CANCELLED": 1000,
    "INVALID_ARGUMENT": 1007,
    "FAILED_PRECONDITION": 1007,
    "OUT_OF_RANGE": 1007,
    "NOT_FOUND": 1008,
    "PERMISSION_DENIED": 1008,
    "UNAUTHENTICATED": 1008,
    "UNIMPLEMENTED": 1008,
    "ABORTED": 1008,
}
"""What the service closes with for a status; for all others 1011."""


def in_band(code: int, status: str, message: str) -> Disconnect:
    """The loss that an error in a message (`{"error": …}`) is: as if the service had closed."""
    if status not in _CANONICAL or not status:  # Of a later version, or left out.
        by_number = _CANONICAL[code] if 0 < code < len(_CANONICAL) else ""
        status = by_number or _BY_HTTP.get(code, status)
    return Disconnect(_CLOSE_CODES.get(status, 1011), message, status=status)


class Remedy(Enum):
    """What the session does after a loss."""

    RESUME = "resume"
    FRESH = "fresh"
    CREDENTIAL = "credential"
    """Fetch the credential anew once; the second time in a row it is a fault for staff."""
    WAIT = "wait"
    """Out of quota: a long pause."""
    STAFF = "staff"
    """Only a person can mend it."""


class Verdict(Struct, frozen=True):
    """The remedy, and the code that staff see where it does not help."""

    remedy: Remedy
    staff_code: str = staff_codes.LINK


_RESUME = Verdict(Remedy.RESUME)
_FRESH = Verdict(Remedy.FRESH)
_REQUEST = Verdict(Remedy.FRESH, staff_codes.FIELD)
_FIELD = Verdict(Remedy.STAFF, staff_codes.FIELD)
_MODEL = Verdict(Remedy.STAFF, staff_codes.MODEL)
_ACCESS = Verdict(Remedy.STAFF, staff_codes.ACCESS)
_BILLING = Verdict(Remedy.STAFF, staff_codes.BILLING)
_REGION = Verdict(Remedy.STAFF, staff_codes.REGION)
_KEY = Verdict(Remedy.CREDENTIAL, staff_codes.KEY)
_QUOTA = Verdict(Remedy.WAIT, staff_codes.QUOTA)
_NET = Verdict(Remedy.RESUME, staff_codes.NET)

_PHRASES: tuple[tuple[Verdict, tuple[str, ...]], ...] = (
    (_BILLING, ("prepayment credits", "credits are depleted", "insufficient credit",
                "billing to be enabled", "enable billing", "billing_disabled", "billing account",
                "billing is disabled", "spending cap", "spend cap", "spending limit")),
    (_REGION, ("location is not supported", "available in your country", "in your region",
               "country, region, or territory not supported", "supported in this region",
               "supported in region", "unsupported region", "available in location",
               "available in region", "supported in location")),
    (_ACCESS, ("has not been used in project", "it is disabled", "service_disabled",
               "has been suspended", "consumer_suspended", "consumer_invalid", "denied access",
               "permission denied", "permission '", "not have permission", "quota project",
               "insufficient authentication scopes", "terms of service", "allowlist")),
    (_QUOTA, ("resource_exhausted", "resource has been exhausted", "quota", "rate limit",
              "too many requests", "concurrent sessions", "concurrent connections")),
    (_FIELD, ("unknown name", "cannot extract voices", "invalid json payload",
              "unsupported language", "unsupported voice", "requested voice", "voice name")),
    (_MODEL, ("is not found for api version", "not supported for bidigeneratecontent",
              "publisher model", "model not found", "unsupported model", "unknown model",
              "model is not supported", "has been retired", "is no longer available",
              "no longer supported", "has been deprecated", "model is not available")),
    (_KEY, ("api key", "api_key", "unregistered callers", "unauthenticated", "token expired",
            "expired token", "token has expired", "token is expired", "invalid token",
            "authentication credential", "invalid authentication", "invalid_grant",
            "referer", "ip address restriction", "requests to this api")),
    (_FRESH, ("not implemented, or supported", "precondition check failed", "session not found",
              "session expired", "session handle", "resumption handle", "token count")),
    (_RESUME, ("operation was cancelled", "operation was aborted", "deadline expired",
               "internal error", "currently unavailable", "overloaded", "try again later",
               "keepalive ping timeout")),
)  # fmt: skip
"""In order: a sentence may hold words of several. The service's are lower case here."""

_STATUSES = {
    "INVALID_ARGUMENT": _REQUEST,
    "FAILED_PRECONDITION": _REQUEST,
    "OUT_OF_RANGE": _REQUEST,
    "NOT_FOUND": _MODEL,
    "PERMISSION_DENIED": _ACCESS,
    "UNAUTHENTICATED": _KEY,
    "RESOURCE_EXHAUSTED": _QUOTA,
    "UNIMPLEMENTED": _FRESH,
}
"""What a status says by itself; all others: try again."""
_ONLY = {
    "RESOURCE_EXHAUSTED": (staff_codes.BILLING, staff_codes.QUOTA),
    "UNAUTHENTICATED": (staff_codes.KEY,),
    "UNAVAILABLE": (staff_codes.LINK,),
    "DEADLINE_EXCEEDED": (staff_codes.LINK,),
    "CANCELLED": (staff_codes.LINK,),
    "ABORTED": (staff_codes.LINK,),
}
"""The codes among which words decide for a status; for all others, among all codes."""
_HTTP = {
    401: _KEY,
    402: _BILLING,
    403: _KEY,
    404: _MODEL,
    407: _NET,
    408: _RESUME,
    409: _RESUME,
    410: _MODEL,
    425: _RESUME,
    429: _QUOTA,
    451: _REGION,
    499: _RESUME,
    511: _NET,
}
_FAULTS = {staff_codes.LINK: _RESUME, staff_codes.TIME: Verdict(Remedy.RESUME, staff_codes.TIME)}
CUT_BYTES = 100
"""A text that is longer may be cut. Source: RFC 6455, section 5.5: 123 bytes in a close frame; the
least that is left of them where a secret or a blank was taken out.
"""
MIN_BEGINNING_CHARS = 8
"""Characters of a phrase by which it is known where the text is cut."""


def classify(loss: Disconnect) -> Verdict:
    """What to do about a loss, the first time it happens."""
    if loss.local_fault:
        return _FAULTS.get(loss.local_fault, Verdict(Remedy.STAFF, loss.local_fault))
    status = loss.status or _BY_HTTP.get(loss.http_status or 0, "")
    allowed = _ONLY.get(status)
    if (loss.http_status or 0) >= 500:
        allowed = (staff_codes.LINK,)
    for says in (_says, _says_the_beginning_of):
        for verdict, phrases in _PHRASES:
            if allowed is not None and verdict.staff_code not in allowed:
                continue
            if any(says(loss.reason.lower(), phrase) for phrase in phrases):
                return verdict
    if loss.status:
        return _STATUSES.get(loss.status, _RESUME)
    if loss.http_status is not None:
        refused = 400 <= loss.http_status < 500
        return _HTTP.get(loss.http_status, _FIELD if refused else _RESUME)
    if loss.code in (1007, 1008):
        # "Request contains an invalid argument.": a bad handle, a wrong order, a full context. What
        # was resumed or replayed is suspect, so the next session starts without it.
        return _REQUEST
    return _NET if loss.code is None else _RESUME


def _says(reason: str, phrase: str) -> bool:
    return phrase in reason


def _says_the_beginning_of(reason: str, phrase: str) -> bool:
    """Whether a text is cut within a phrase."""
    if len(reason.encode()) < CUT_BYTES:
        return False
    return any(reason.endswith(phrase[:n]) for n in range(MIN_BEGINNING_CHARS, len(phrase)))


def is_refusal(loss: Disconnect) -> bool:
    """Whether the service will not take what it was sent or told to resume: it must not be sent
    again and again. Source: Live API, close code 1007.
    """
    return loss.code == 1007 and classify(loss).remedy is Remedy.FRESH


def blames_request(loss: Disconnect) -> bool:
    """Whether the service says that what a session was opened with, or sent, is wrong: the same
    would be refused again.
    """
    if loss.local_fault or loss.http_status is not None:
        return False
    verdict = classify(loss)
    return verdict.remedy is Remedy.FRESH or (
        verdict.remedy is Remedy.STAFF and verdict.staff_code in staff_codes.OF_THE_REQUEST
    )
