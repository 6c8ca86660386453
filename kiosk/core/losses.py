"""Why a link was lost, and what is to be done about it.

The reason is read first and the close code second: the service uses one code for many faults
(1011 is both "try again" and "you are out of quota"). Source: Live API close codes as collected
from the official clients' issue trackers; HTTP statuses at the WebSocket upgrade.
"""

from collections.abc import Callable, Iterator
from enum import Enum

from msgspec import Struct
from msgspec.structs import force_setattr

from kiosk.core.untrusted import clean


class Loss(Struct, frozen=True):
    """How a link ended, or why it could not be opened."""

    code: int | None = None
    """WebSocket close code; None where the line broke without one."""
    reason: str = ""
    """The service's words, or the system's."""
    http_status: int | None = None
    """Status of a refused upgrade."""
    status: str = ""
    """Name of the error, where the service gives one: `RESOURCE_EXHAUSTED`.
    Source: google/rpc/code.proto."""
    local_fault: str = ""
    """Our own fault code, where no dial could even be tried (no key, say)."""
    retry_after_s: float | None = None
    """How long a refusal asks us to stay away. Source: RFC 9110, section 10.2.3, `Retry-After`."""

    def __post_init__(self) -> None:
        """Whoever says it, it goes to the log, to `status` and to the screen."""
        force_setattr(self, "reason", clean(self.reason))


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
"""What the service closes with for a status; for all others 1011. Source: as for `judge`."""


def in_band(code: int, status: str, message: str) -> Loss:
    """The loss that an error in a message (`{"error": …}`) is: as if the service had closed."""
    if not status:
        by_number = _CANONICAL[code] if 0 < code < len(_CANONICAL) else ""
        status = by_number or _BY_HTTP.get(code, "")
    return Loss(_CLOSE_CODES.get(status, 1011), message, status=status)


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
    staff_code: str = "K-LINK"


_BY_REASON: tuple[tuple[str, Verdict], ...] = (
    ("unknown name", Verdict(Remedy.STAFF, "K-FIELD")),
    ("is not found for api version", Verdict(Remedy.STAFF, "K-MODEL")),
    ("not supported for bidigeneratecontent", Verdict(Remedy.STAFF, "K-MODEL")),
    ("cannot extract voices", Verdict(Remedy.STAFF, "K-FIELD")),
    ("api key", Verdict(Remedy.CREDENTIAL, "K-KEY")),
    ("unregistered callers", Verdict(Remedy.CREDENTIAL, "K-KEY")),
    ("unauthenticated", Verdict(Remedy.CREDENTIAL, "K-KEY")),
    ("token expired", Verdict(Remedy.CREDENTIAL, "K-KEY")),
    ("resource_exhausted", Verdict(Remedy.WAIT, "K-QUOTA")),
    ("quota", Verdict(Remedy.WAIT, "K-QUOTA")),
    ("operation was cancelled", Verdict(Remedy.RESUME)),
    ("operation was aborted", Verdict(Remedy.RESUME)),
    ("deadline expired", Verdict(Remedy.RESUME)),
    ("not implemented, or supported", Verdict(Remedy.FRESH)),
    ("precondition check failed", Verdict(Remedy.FRESH)),
)
_BY_STATUS = {
    401: Verdict(Remedy.CREDENTIAL, "K-KEY"),
    403: Verdict(Remedy.CREDENTIAL, "K-KEY"),
    404: Verdict(Remedy.STAFF, "K-MODEL"),
    429: Verdict(Remedy.WAIT, "K-QUOTA"),
}


def judge(loss: Loss) -> Verdict:
    """What to do about a loss, the first time it happens."""
    if loss.local_fault:
        return Verdict(Remedy.STAFF, loss.local_fault)
    reason = loss.reason.lower()
    for words, verdict in _BY_REASON:
        if words in reason:
            return verdict
    if loss.http_status is not None:
        return _BY_STATUS.get(loss.http_status, Verdict(Remedy.RESUME))
    if loss.code in (1007, 1008):
        # "Request contains an invalid argument.": a bad handle, a wrong order, a full context. What
        # was resumed or replayed is suspect, so the next session starts without it.
        return Verdict(Remedy.FRESH, "K-FIELD")
    return Verdict(Remedy.RESUME)


def is_refusal(loss: Loss) -> bool:
    """Whether the service will not take what it was sent or told to resume: it must not be sent
    again and again. Source: Live API, close code 1007.
    """
    return loss.code == 1007 and judge(loss).remedy is Remedy.FRESH


def blames_request(loss: Loss) -> bool:
    """Whether the service says that what a session was opened with, or sent, is wrong: the same
    would be refused again.
    """
    if loss.local_fault or loss.http_status is not None:
        return False
    verdict = judge(loss)
    return verdict.remedy is Remedy.FRESH or (
        verdict.remedy is Remedy.STAFF and verdict.staff_code in REQUEST_CODES
    )


REQUEST_CODES = ("K-FIELD", "K-MODEL")
"""Codes of what the setup asks for: shown only where it asks for nothing but the settings'."""
FIRST_S = 0.25
LONGEST_S = 8.0
"""A visitor stands there: eight seconds between two attempts are long."""
SOMEBODY_WAITS_S = 0.5
"""The longest pause while a visitor's words are undelivered."""
QUOTA_S = 60.0
"""Quota is counted by the minute."""
QUOTA_SOON_S = 10.0
"""And by sessions at a time, where one that ends makes room. So this is the first pause while words
are undelivered: a minute outlasts the visit that they belong to.
"""
ASKED_MOST_S = 600.0
"""No `Retry-After` is followed for longer."""
STAFF_S = 60.0
"""Even a fault for staff may be mended from afar (a key enabled, a bill paid)."""


def quota_pause(loss: Loss, soon: bool, random: Callable[[], float]) -> float:
    """Seconds to stay away: what the service asks for, or else up to twice the usual.

    Args:
        loss: what it said.
        soon: somebody waits, and it is the first time.
        random: uniform on [0, 1): whoever was refused together must not come back together.
    """
    if loss.retry_after_s is not None:
        return min(loss.retry_after_s, ASKED_MOST_S) + random()
    return (QUOTA_SOON_S if soon else QUOTA_S) * (1 + random())


def backoff(random: Callable[[], float]) -> Iterator[float]:
    """Pauses before the attempts, in seconds: none before the first, then full jitter, for ever.

    Args:
        random: uniform on [0, 1).
    """
    yield 0.0
    ceiling = FIRST_S
    while True:
        yield random() * ceiling
        ceiling = min(ceiling * 2, LONGEST_S)
