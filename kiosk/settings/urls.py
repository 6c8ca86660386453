"""URLs in settings: no secret stands in one, and clear text goes to this board alone.

Each check gives its value back, or raises `ValueError` with what was expected, as the end of a
sentence: "expected ...".
"""

import re
from urllib.parse import SplitResult, urlsplit

IN_URLS = ("avatarim-video-key", "avatarim-push-key")
"""Secrets that may stand in a URL as `{avatarim-video-key}`: `kiosk.settings.secrets.filled` puts
them in when it is opened.
"""

_OCTET = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_LOOPBACK = re.compile(rf"localhost|::1|127(\.{_OCTET}){{3}}", re.ASCII | re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Tell whether `host` can only be this machine, without asking a name server."""
    return _LOOPBACK.fullmatch(host) is not None


def websocket(value: str) -> str:
    """Accept the base URL of a WebSocket service; empty for the service's own."""
    return _base_url(value, "wss://gateway.example/live")


def rest(value: str) -> str:
    """Accept the base URL of a REST API; empty for the service's own."""
    return _base_url(value, "https://gateway.example")


def picture(value: str) -> str:
    """Accept where a picture comes from; what is pushed to us may come from anywhere."""
    if not value or value.startswith("external:/"):
        return value
    _refuse_unknown_references(value)
    url = urlsplit(value.removeprefix("listen:"))
    schemes = ("rtmp",) if value.startswith("listen:") else ("rtmp", "rtmps", "http", "https")
    if url.scheme not in schemes or not url.hostname:
        raise ValueError(
            '"" for none, "rtmp://host/app/stream", "https://host/stream.flv" or ".m3u8",'
            ' "listen:rtmp://0.0.0.0:1935/live/kiosk", or "external:/path/of/a/program"'
        )
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("https:// for a host that is not this one; http:// is for loopback only")
    return value


def push(value: str) -> str:
    """Accept where a picture is pushed to; empty for nowhere."""
    _refuse_unknown_references(value)
    if value and (urlsplit(value).scheme not in {"rtmp", "rtmps"} or not urlsplit(value).hostname):
        raise ValueError('"" for none, or "rtmp://relay.example/live/kiosk"')
    return value


def _refuse_unknown_references(url: str) -> None:
    """Accept in braces only what `kiosk.settings.secrets.filled` replaces by a secret."""
    for name in re.findall(r"\{([^{}]*)\}", url):
        if name not in IN_URLS:
            known = " or ".join(f"{{{each}}}" for each in IN_URLS)
            raise ValueError(f"{known} where a secret belongs, and no other braces")


def _base_url(value: str, example: str) -> str:
    expected = f'"" for the service\'s own, or a base URL such as "{example}"'
    if not value:
        return value
    if re.search(r"[\x00-\x20\x7f-\uffff]", value):
        raise ValueError(f"{expected}, in ASCII and without spaces")
    try:
        url = urlsplit(value)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise ValueError(f"{expected}; a port is a number from 1 to 65535") from None
    secure = urlsplit(example).scheme
    _refuse_odd_parts(url, secure, expected)
    if not host or port == 0:
        raise ValueError(expected)
    if url.scheme != secure and not is_loopback(host):
        raise ValueError(
            f"{secure}:// for a host that is not this one;"
            f" plain {url.scheme}:// is for loopback only"
        )
    return value


def _refuse_odd_parts(url: SplitResult, secure: str, expected: str) -> None:
    plain = secure.removesuffix("s")
    if url.scheme in {"http", "https", "ws", "wss"} - {plain, secure}:
        kind = "a WebSocket" if secure == "wss" else "a REST API"
        raise ValueError(
            f"{expected}; {kind} begins with {secure}:// (or {plain}:// on this board)"
        )
    if url.scheme not in {plain, secure}:
        raise ValueError(expected)
    if url.username is not None or url.password is not None:
        raise ValueError("a URL without user and password; secrets never stand in settings")
    if url.query or url.fragment:
        raise ValueError(f"{expected}, without ? and #; secrets never stand in settings")
