"""Why a dial failed, for staff: what was tried, what happened, what to do; no exception names.

An `OSError`, or an exception of `websockets` or `ssl`, tells a programmer what failed. Staff have
to be told what that means and what to do about it.
"""

import errno
import json
import re
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidProxyStatus,
    InvalidStatus,
    ProxyError,
)
from websockets.http11 import Response
from websockets.proxy import get_proxy, parse_proxy
from websockets.uri import parse_uri

from kiosk.core import staff_codes
from kiosk.core.disconnects import Disconnect
from kiosk.settings.urls import is_loopback

GOOGLE = ".googleapis.com"
PROXY_ADVICE = "Look at HTTPS_PROXY and at the proxy; retrying."
PORTAL_ADVICE = (
    "Does the Wi-Fi want a login, or does a proxy decrypt the connection? Give such a proxy's"
    " certificate with SSL_CERT_FILE. Retrying."
)
MAX_PAGE_CHARACTERS = 4_096
"""Of a page in place of a session: its title stands at the beginning."""
MARKUP = re.compile(r"<(style|script)\b.*?(</\1>|$)|<[^>]*>", re.DOTALL | re.IGNORECASE)
CLOCK_ERRORS = (9, 10)
"""Certificate not yet valid, and expired. Source: OpenSSL, X509_V_ERR_CERT_…, x509_vfy.h"""
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
ENDED = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}


class Target:
    """What is dialled, in words: the service, or the proxy before it.

    Args:
        url: of the service.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        self._ours = not host.endswith(GOOGLE)
        self.host = host
        place = parts.netloc.rpartition("@")[2]  # Without user and password.
        self.words = f"{parts.scheme}://{place} (live.endpoint)" if self._ours else host
        self.service = self.words
        """With which TLS is spoken, through whatever proxy."""
        self.proxied = False
        self.advice = "Is it running? Retrying." if self._ours else ""
        if not is_loopback(host) and (proxy := get_proxy(parse_uri(url))) is not None:
            found = parse_proxy(proxy)  # Without its user and password.
            self.proxied = True
            self.host = found.host
            self.words = f"the proxy {found.host}:{found.port} (HTTPS_PROXY)"
            self.advice = PROXY_ADVICE


def disconnect_of(error: Exception, target: Target, waited_s: float) -> Disconnect:
    """Why a dial failed.

    Args:
        error: the exception that it raised.
        target: what was dialled.
        waited_s: seconds from the attempt to the exception.
    """
    match error:
        case InvalidStatus():
            return _refused(error.response)
        case ssl.SSLCertVerificationError():
            return _untrusted(error, target)
        case ssl.SSLError():
            return Disconnect(
                reason=f"{target.service} does not speak TLS", advice=_endpoint(target)
            )
        case socket.gaierror():
            return Disconnect(
                reason=f"cannot look up {target.host} (DNS)", advice=_of_proxy(target)
            )
        case TimeoutError():
            reason = f"{target.words} does not answer within {waited_s:.0f} s"
            return Disconnect(reason=reason, advice=_of_proxy(target), timed_out=True)
        case InvalidProxyStatus():
            reason = f"{target.words} refuses with HTTP {error.response.status_code}"
            return Disconnect(reason=reason, advice=PROXY_ADVICE)
        case ProxyError():
            reason = f"{target.words} does not answer as a proxy"
            return Disconnect(reason=reason, advice=PROXY_ADVICE)
        case InvalidMessage() | EOFError():
            return _ended(target)
        case InvalidHandshake():
            return Disconnect(
                reason=f"{target.service} answers, but not as a WebSocket",
                local_fault=staff_codes.LINK,
                advice=_endpoint(target),
            )
        case _:
            return _of_the_system(error, target)


def _of_the_system(error: Exception, target: Target) -> Disconnect:
    numbers = _numbers(error)
    if errno.ECONNREFUSED in numbers:
        return Disconnect(reason=f"nothing answers at {target.words}", advice=target.advice)
    if numbers & UNREACHABLE:
        return Disconnect(reason=f"no route to {target.host}", advice=_of_proxy(target))
    if numbers & ENDED or isinstance(error, ConnectionResetError | BrokenPipeError):
        return _ended(target)
    if errno.ETIMEDOUT in numbers:
        reason = f"{target.words} does not answer"
        return Disconnect(reason=reason, advice=_of_proxy(target), timed_out=True)
    words = getattr(error, "strerror", None) or "an unknown error of the system"
    return Disconnect(reason=f"cannot connect to {target.words}: {words}", advice=_of_proxy(target))


def _ended(target: Target) -> Disconnect:
    return Disconnect(
        reason=f"{target.words} ended the connection before a session was open",
        advice=target.advice and _endpoint(target) if not target.proxied else PROXY_ADVICE,
    )


def _numbers(error: Exception) -> set[int]:
    """Error numbers: where several addresses failed, asyncio only quotes them."""
    number = getattr(error, "errno", None)
    quoted = re.findall(r"\[Errno (\d+)\]", str(error))
    return {number} if number is not None else {int(each) for each in quoted}


def _of_proxy(target: Target) -> str:
    return PROXY_ADVICE if target.proxied else ""


def _endpoint(target: Target) -> str:
    if target.host.endswith(GOOGLE):
        return PORTAL_ADVICE
    return "Look at live.endpoint: its port, and whether it is ws:// or wss://. Retrying."


def _untrusted(error: ssl.SSLCertVerificationError, target: Target) -> Disconnect:
    if error.verify_code in CLOCK_ERRORS:
        when = "not valid yet" if error.verify_code == CLOCK_ERRORS[0] else "no longer valid"
        return Disconnect(
            reason=f"by this board's clock the certificate of {target.service} is {when}",
            local_fault=staff_codes.TIME,
        )
    return Disconnect(reason=f"somebody else answers for {target.service}", advice=PORTAL_ADVICE)


def _refused(response: Response) -> Disconnect:
    """An HTTP status in place of a WebSocket. Google's body is JSON with an `error`."""
    body = bytes(response.body or b"").decode("utf-8", "replace")
    status, words = _error_in(body) or ("", MARKUP.sub(" ", body[:MAX_PAGE_CHARACTERS]))
    return Disconnect(
        reason=words.strip() or f"HTTP {response.status_code} {response.reason_phrase}",
        http_status=response.status_code,
        status=status,
        retry_after_s=_retry_after(response.headers.get("Retry-After", "")),
    )


def _error_in(body: str) -> tuple[str, str] | None:
    """Status and message of `{"error": …}`, alone or as the first of a list; None where there is
    none that can be read.
    """
    try:
        found: Any = json.loads(body)
        error = (found[0] if isinstance(found, list) else found)["error"]
        return str(error.get("status", "")), str(error["message"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _retry_after(value: str) -> float | None:
    """Seconds; None where it is missing, or a date: a board without a battery has no clock yet."""
    return float(value) if value.isascii() and value.isdigit() else None
