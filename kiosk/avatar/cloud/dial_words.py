"""Why a vendor cannot be reached, in words for staff: no exception names, no numbers of errors."""

import socket

from websockets.exceptions import (
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)


def why(error: BaseException) -> str:
    """Say it without the address and a proxy's password, which may be in the error's own text.

    Args:
        error: what a dial failed with.
    """
    match error:
        case InvalidStatus():
            return f"HTTP {error.response.status_code}"
        case (
            InvalidURI() | InvalidProxy() | ValueError() | ImportError()
        ):  # ImportError: a SOCKS proxy.
            return "its address or HTTPS_PROXY is not usable"
        case ProxyError():
            return "the proxy of HTTPS_PROXY refuses"
        case InvalidHandshake() | EOFError():
            return "it does not answer as a WebSocket"
        case socket.gaierror():
            return "its name cannot be looked up (DNS)"
        case TimeoutError():
            return "no answer in time"
        case OSError(strerror=str(words)) if words:
            return words[:1].lower() + words[1:]
    inner = error.__cause__ or error.__context__  # A vendor's client wraps what it met.
    return why(inner) if inner is not None else "the network failed"
