"""What the vendor's refusals mean: one class of error for each thing that a caller can do about it.

One HTTP status is used for many reasons, so the body is read first: its `code`, `message` and
`error`, wherever they stand.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from kiosk.avatar.cloud.vendor_json import VendorJsonError, decode
from kiosk.avatar.retry_after import heeded_s, retry_after_s
from kiosk.errors import KioskError
from kiosk.settings.untrusted import clean

BUSY_S = 20.0
"""So long a session that was just stopped still counts as open."""
MAX_WORDS = 100
"""Characters of a refusal's own words: place and remedy stand on the same line."""
RATE_S = 5.0
"""Pause after a 429 that names none."""

_ENDED = ("10005", "session state wrong", "session closed", "session not found")
_EARLY = ("400006", "not in correct state")
_CONFIGURATION = (
    "10013",
    "10003",
    "400014",
    "avatar not found",
    "not an interactive avatar",
    "deprecated",
)
_CREDITS = ("credit", "quota", "insufficient", "no longer active")
_SUCCESS = frozenset({"", "0", "100", "200", "1000"})
"""Of `code` beside the data, on one page of the documentation or another."""


class HeyGenError(KioskError):
    """The vendor said no, or nothing.

    Args:
        reason: in one line, without secrets, for a person.
        status: HTTP status, 0 where there was no answer.
        code: the vendor's own, from the body; empty where it gave none.
        message: the vendor's own words, cleaned, at most 100 characters of code and words.
        retry_after_s: seconds for which the vendor wants to be left alone, 0 where it has no wish.
        in_doubt: what was asked for may have been done all the same.
    """

    final = False
    """A person has to mend something first: trying again cannot help."""

    def __init__(
        self,
        reason: str,
        *,
        status: int = 0,
        code: str = "",
        message: str = "",
        retry_after_s: float = 0.0,
        in_doubt: bool = False,
    ) -> None:
        self.reason = clean(reason)
        super().__init__(self.reason)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = heeded_s(retry_after_s)
        self.in_doubt = in_doubt

    def __str__(self) -> str:
        return self.reason


class KeyRefusedError(HeyGenError, PermissionError):
    """Key or token is not taken: wrong, used, or expired."""

    final = True


class NoCreditsError(HeyGenError):
    """There is nothing left to pay with."""

    final = True


class WrongRequestError(HeyGenError, ValueError):
    """What was asked for cannot be had: an avatar or an option that the vendor does not know."""

    final = True


class NotThereError(WrongRequestError, LookupError):
    """What was asked for is not there (404, 410): of a session that is stopped, as good as done."""


class SessionEndedError(HeyGenError):
    """The session has ended already: idle, its limit, credits, or it was stopped."""


class TooEarlyError(HeyGenError):
    """The session is not far enough yet: try again when picture and voice are there."""


class TooManySessionsError(HeyGenError):
    """As many sessions are open as the account may have."""


class TooManyCallsError(HeyGenError):
    """The vendor wants fewer calls (429)."""


class UnreachableError(HeyGenError, ConnectionError):
    """The vendor was not reached: nothing was asked of it."""


class NoAnswerError(HeyGenError, ConnectionError):
    """No answer came, or none that can be used: what was asked for may have been done."""


class RestAnswer(Struct, frozen=True):
    """What came back of a call."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


def data_of(answer: RestAnswer, place: str, secrets: Sequence[str] = ()) -> Any:
    """Return the `data` of a success; None where it has none.

    A success without JSON is one without data: `stop` answers with text or nothing. One that has
    no data, and tells of an error or of a code that is none of success, is a refusal that the
    vendor has sent with status 200.

    Args:
        answer: what came back.
        place: names the call, for the error.
        secrets: stand in no error.

    Raises:
        HeyGenError: the vendor says no; which class says what can be done about it.
    """
    try:
        body = decode(answer.body)
    except VendorJsonError:
        body = None
    if not 200 <= answer.status < 300:
        raise refusal(answer, body, place, secrets)
    if not isinstance(body, dict):
        return None
    code, _ = _code_and_message(body)
    if body.get("data") is None and (body.get("error") or code not in _SUCCESS):
        raise refusal(answer, body, place, secrets)
    return body.get("data")


def _code_and_message(body: dict[str, Any]) -> tuple[str, str]:
    """The two of a body, wherever they stand in it: seen beside `data`, and within `error`."""
    error = body.get("error")
    inner = error if isinstance(error, dict) else {}
    code = inner.get("code") or body.get("code")
    message = (
        inner.get("message")
        or inner.get("detail")
        or body.get("message")
        or body.get("detail")
        or (error if isinstance(error, str) else "")
    )
    return "" if code is None else str(code), str(message or "")


def refusal(answer: RestAnswer, body: Any, place: str, secrets: Sequence[str] = ()) -> HeyGenError:
    """Judge a refusal by its body first.

    Args:
        answer: what came back.
        body: its JSON, None where it is none.
        place: names the call.
        secrets: stand in no error.
    """
    if isinstance(body, dict):
        code, message = _code_and_message(body)
    else:
        code, message = "", answer.body.decode("utf-8", "replace")
    seen = f"{code} {message}".lower()
    code, words = clean(code, secrets), clean(f"{code} {message}", secrets)[:MAX_WORDS]
    what = f"{place} refused: {answer.status} {words}".rstrip()
    wish_s = retry_after_s(answer.headers.get("retry-after", ""), time.time())
    kind, remedy, pause_s = _kind(answer.status, seen, wish_s)
    return kind(
        what + remedy,
        status=answer.status,
        code=code,
        message=words.removeprefix(code).lstrip(),
        retry_after_s=pause_s,
        # A gateway that gives up says nothing of what stands behind it.
        in_doubt=kind in {HeyGenError, WrongRequestError}
        and (answer.status >= 500 or answer.status == 408),
    )


def _kind(status: int, seen: str, wish_s: float) -> tuple[type[HeyGenError], str, float]:
    """Class of the error, a remedy for its line, and seconds to wait.

    Args:
        status: of HTTP.
        seen: code and message, in lower case.
        wish_s: `Retry-After`.
    """

    def has(signs: tuple[str, ...]) -> bool:
        return any(sign in seen for sign in signs)

    if "concurren" in seen:
        return TooManySessionsError, "", max(wish_s, BUSY_S)
    if status == 429:
        return TooManyCallsError, "", wish_s or RATE_S
    if status == 402 or has(_CREDITS):
        return NoCreditsError, ". Are there credits left?", wish_s
    if status in {401, 403}:
        return KeyRefusedError, ". Is the key right?", 0.0
    if has(_ENDED):
        return SessionEndedError, "", 0.0
    if has(_EARLY):
        return TooEarlyError, "", 0.0
    if status in {404, 410}:
        return NotThereError, "", wish_s
    if status == 422 or has(_CONFIGURATION):
        return WrongRequestError, "", wish_s
    return HeyGenError, "", wish_s
