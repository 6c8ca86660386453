"""Calls of the vendor's REST APIs.

The standard library does it, each call in a thread of the loop's executor: there are five calls a
visit and one every 25 s, too few for a client of thousands of lines. A call is never longer than
`CALL_TIMEOUT_S`: single calls were seen to hang for good.
"""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from kiosk.avatar.cloud.dial_words import why
from kiosk.avatar.cloud.heygen.refusals import NoAnswerError, RestAnswer, UnreachableError, data_of
from kiosk.settings.urls import is_loopback

CALL_TIMEOUT_S = 10.0
"""For the answer to a call of the API."""
OPEN_CALL_TIMEOUT_S = 120.0
"""Of a call that opens a session: 11 s were seen, and a late answer names what is to be stopped."""
MAX_ANSWER_BYTES = 1 << 20
"""Longer answers are none of these APIs'."""

_SECRET = ("Authorization", "X-api-key")
"""Headers with what a call goes by, as urllib writes their names."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key is not carried to wherever an answer points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def post(url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> urllib.request.Request:
    """Make a POST of JSON; an empty body is `{}`, for without one the vendor refuses."""
    return urllib.request.Request(  # noqa: S310 - `base_url` has checked the scheme
        url,
        data=json.dumps(body).encode(),
        headers={**headers, "Content-Type": "application/json", "Accept": "application/json"},
        method="POST",
    )


def get(url: str, headers: Mapping[str, str]) -> urllib.request.Request:
    """Make a GET."""
    return urllib.request.Request(  # noqa: S310 - `base_url` has checked the scheme
        url, headers={**headers, "Accept": "application/json"}
    )


def base_url(url: str, default: str) -> str:
    """Base of the REST API's addresses, `default` where none is given; without a slash at its end.

    Raises:
        ValueError: the key would go out in clear text.
    """
    parts = urlsplit(url := (url or default).rstrip("/"))
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return url
    raise ValueError(f"{url}: expected https://, or http:// of this machine")


async def call(request: urllib.request.Request, timeout_s: float = CALL_TIMEOUT_S) -> Any:
    """Make the call; return the answer's `data`, None where it has none.

    Raises:
        HeyGenError: the vendor says no, or nothing that can be understood.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            answer = await loop.run_in_executor(None, _blocking, request, timeout_s)
    except TimeoutError:
        words = f"{_place(request)} did not answer in {timeout_s:g} s"
        raise NoAnswerError(words, in_doubt=True) from None
    except urllib.error.URLError as error:  # It was not sent.
        cause = why(error.reason) if isinstance(error.reason, OSError) else error.reason
        raise UnreachableError(f"{_place(request)} could not be reached: {cause}") from None
    except (OSError, HTTPException, ValueError) as error:
        cause = why(error) if isinstance(error, OSError) else error
        words = f"{_place(request)} broke off: {cause}"
        raise NoAnswerError(words, in_doubt=True) from None
    return data_of(answer, _place(request), _secrets(request))


def _blocking(request: urllib.request.Request, timeout_s: float) -> RestAnswer:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if is_loopback(urlsplit(request.full_url).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))  # A proxy cannot reach our loopback.
    opener = urllib.request.build_opener(*handlers)
    try:
        reply: HTTPResponse | urllib.error.HTTPError = opener.open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return RestAnswer(reply.status or 0, _lower(reply.headers), reply.read(MAX_ANSWER_BYTES))


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _secrets(request: urllib.request.Request) -> list[str]:
    """The key or the session's token that the call goes by."""
    return [value.rpartition(" ")[2] for name, value in request.header_items() if name in _SECRET]


def _place(request: urllib.request.Request) -> str:
    url = urlsplit(request.full_url)
    return f"{url.hostname}{url.path}"
