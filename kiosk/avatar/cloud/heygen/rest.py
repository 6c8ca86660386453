"""Calls of the vendor's REST APIs, and what their refusals mean.

The standard library does it, each call in a thread of its own: there are five calls a visit and one
every 25 s, too few for a client of thousands of lines. A call is never longer than `TIMEOUT_S`:
single calls were seen to hang for good. Where a call may have been carried out though no answer
came, its `RefusedError` says that it is in doubt.
"""

import asyncio
import email.utils
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from kiosk.avatar.cloud.dial_words import why
from kiosk.avatar.cloud.vendor_json import VendorJsonError, decode
from kiosk.avatar.interface import heeded_s
from kiosk.settings.secrets import clean
from kiosk.settings.urls import is_loopback

TIMEOUT_S = 10.0
OPEN_CALL_TIMEOUT_S = 120.0
"""Of a call that opens a session: 11 s were seen, and a late answer names what is to be stopped."""
MOST_BYTES = 1 << 20
"""Longer answers are none of these APIs'."""
BUSY_S = 20.0
"""So long a session that was just stopped still counts as open."""
MAX_WORDS = 100
"""Characters of a refusal's own words: place and remedy stand on the same line."""
RATE_S = 5.0
"""Pause after a 429 that names none."""

_GONE = ("10005", "session state wrong", "session closed", "session not found")
_EARLY = ("400006", "not in correct state")
_CONFIGURATION = (
    "10013",
    "10003",
    "400014",
    "avatar not found",
    "not an interactive avatar",
    "deprecated",
)
_SECRET = ("Authorization", "X-api-key")
"""Headers with what a call goes by, as urllib writes their names."""
_CREDITS = ("credit", "quota", "insufficient", "no longer active")
_SUCCESS = frozenset({"", "0", "100", "200", "1000"})
"""Of `code` beside the data, on one page of the documentation or another."""


class RefusedError(Exception):
    """The vendor said no, or nothing."""

    def __init__(
        self,
        reason: str,
        *,
        final: bool = False,
        retry_after_s: float = 0.0,
        unauthorized: bool = False,
        gone: bool = False,
        absent: bool = False,
        early: bool = False,
        busy: bool = False,
        in_doubt: bool = False,
    ) -> None:
        self.reason = clean(reason)
        super().__init__(self.reason)
        self.final = final
        """A person has to mend something first."""
        self.retry_after_s = heeded_s(retry_after_s)
        self.unauthorized = unauthorized
        """Key or token is not taken."""
        self.gone = gone
        """The session has ended already."""
        self.absent = absent
        """What was asked for is not there: of a session that is stopped, that is as good."""
        self.early = early
        """The session is not far enough yet."""
        self.busy = busy
        """Too many sessions are open."""
        self.in_doubt = in_doubt
        """What was asked for may have been done all the same."""


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key is not carried to wherever an answer points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def post(url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> urllib.request.Request:
    """Make a POST of JSON; an empty body is `{}`, for without one the vendor refuses."""
    return urllib.request.Request(  # noqa: S310 - the scheme was checked with the settings
        url,
        data=json.dumps(body).encode(),
        headers={**headers, "Content-Type": "application/json", "Accept": "application/json"},
        method="POST",
    )


def get(url: str, headers: Mapping[str, str]) -> urllib.request.Request:
    """Make a GET."""
    return urllib.request.Request(  # noqa: S310 - the scheme was checked with the settings
        url, headers={**headers, "Accept": "application/json"}
    )


async def call(request: urllib.request.Request, timeout_s: float = TIMEOUT_S) -> Any:
    """Make the call; return the answer's `data`, None where it has none.

    Raises:
        RefusedError: the vendor says no, or nothing that can be understood.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            answer = await loop.run_in_executor(None, _blocking, request, timeout_s)
    except TimeoutError:
        words = f"{_place(request)} did not answer in {timeout_s:g} s"
        raise RefusedError(words, in_doubt=True) from None
    except urllib.error.URLError as error:  # It was not sent.
        cause = why(error.reason) if isinstance(error.reason, OSError) else error.reason
        raise RefusedError(f"{_place(request)} could not be reached: {cause}") from None
    except (OSError, HTTPException, ValueError) as error:
        cause = why(error) if isinstance(error, OSError) else error
        words = f"{_place(request)} broke off: {cause}"
        raise RefusedError(words, in_doubt=True) from None
    return data_of(answer, _place(request), _secrets(request))


def _blocking(request: urllib.request.Request, timeout_s: float) -> Answer:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if is_loopback(urlsplit(request.full_url).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))  # A proxy cannot reach our loopback.
    opener = urllib.request.build_opener(*handlers)
    try:
        reply: HTTPResponse | urllib.error.HTTPError = opener.open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return Answer(reply.status or 0, _lower(reply.headers), reply.read(MOST_BYTES))


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _secrets(request: urllib.request.Request) -> list[str]:
    """The key or the session's token that the call goes by."""
    return [value.rpartition(" ")[2] for name, value in request.header_items() if name in _SECRET]


def _place(request: urllib.request.Request) -> str:
    url = urlsplit(request.full_url)
    return f"{url.hostname}{url.path}"


def data_of(answer: Answer, place: str, secrets: Sequence[str] = ()) -> Any:
    """Return the `data` of a success; raise `RefusedError` for all else, without the `secrets`.

    A success without JSON is one without data: `stop` answers with text or nothing. One that has
    no data, and tells of an error or of a code that is none of success, is a refusal that the
    vendor has sent with status 200.
    """
    try:
        said = decode(answer.body)
    except VendorJsonError:
        said = None
    if not 200 <= answer.status < 300:
        raise refusal(answer, said, place, secrets)
    if not isinstance(said, dict):
        return None
    code, _ = _code_and_text(said)
    if said.get("data") is None and (said.get("error") or code not in _SUCCESS):
        raise refusal(answer, said, place, secrets)
    return said.get("data")


def _code_and_text(said: dict[str, Any]) -> tuple[str, str]:
    """The two of a body, wherever they stand in it: seen beside `data`, and within `error`."""
    error = said.get("error")
    inner = error if isinstance(error, dict) else {}
    code = inner.get("code") or said.get("code")
    text = (
        inner.get("message")
        or inner.get("detail")
        or said.get("message")
        or said.get("detail")
        or (error if isinstance(error, str) else "")
    )
    return "" if code is None else str(code), str(text or "")


def refusal(answer: Answer, said: Any, place: str, secrets: Sequence[str] = ()) -> RefusedError:
    """Judge a refusal: by its body first, for one status is used for many reasons."""
    if isinstance(said, dict):
        code, text = _code_and_text(said)
    else:
        code, text = "", answer.body.decode("utf-8", "replace")
    words = clean(f"{code} {text}", *secrets)[:MAX_WORDS]
    what = f"{place} refused: {answer.status} {words}".rstrip()
    seen = f"{code} {text}".lower()

    def has(signs: tuple[str, ...]) -> bool:
        return any(sign in seen for sign in signs)

    retry_s = retry_after_s(answer.headers.get("retry-after", ""), time.time())
    if "concurren" in seen:
        return RefusedError(what, retry_after_s=max(retry_s, BUSY_S), busy=True)
    if answer.status == 429:
        return RefusedError(what, retry_after_s=retry_s or RATE_S)
    if answer.status == 402 or has(_CREDITS):
        return RefusedError(f"{what}. Are there credits left?", final=True, retry_after_s=retry_s)
    if answer.status in {401, 403}:
        return RefusedError(f"{what}. Is the key right?", final=True, unauthorized=True)
    if has(_GONE):
        return RefusedError(what, gone=True)
    if has(_EARLY):
        return RefusedError(what, early=True)
    absent = answer.status in {404, 410}
    final = has(_CONFIGURATION) or answer.status in {404, 410, 422}
    # A gateway that gives up says nothing of what stands behind it.
    in_doubt = answer.status >= 500 or answer.status == 408
    return RefusedError(what, final=final, absent=absent, retry_after_s=retry_s, in_doubt=in_doubt)


def retry_after_s(value: str, now_s: float) -> float:
    """Seconds that a `Retry-After` asks for, as a number or a date; 0 if it says nothing."""
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - now_s, 0.0)
    except ValueError:
        return 0.0
