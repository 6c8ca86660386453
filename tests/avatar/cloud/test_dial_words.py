"""What staff read where a vendor cannot be reached."""

import errno
import os
import socket
import ssl

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
)
from websockets.http11 import Response

from kiosk.avatar.cloud.dial_words import why
from tests.avatar.cloud.test_video import free_port

SECRET_URL = "wss://user:secret@vendor.example/?token=secret"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "its name cannot be looked up"),
        (ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)), "connection"),
        (OSError("Multiple exceptions: [Errno 111] …"), "the network failed"),
        (TimeoutError(), "no answer in time"),
        (ssl.SSLError(1, "wrong version number"), "wrong version number"),
        (EOFError(), "it does not answer as a WebSocket"),
        (InvalidMessage("no HTTP"), "it does not answer as a WebSocket"),
        (InvalidHandshake(SECRET_URL), "it does not answer as a WebSocket"),
        (InvalidStatus(Response(403, "Forbidden", Headers())), "HTTP 403"),
        (InvalidProxyStatus(Response(407, "", Headers())), "the proxy of HTTPS_PROXY refuses"),
        (InvalidURI(SECRET_URL, "no URI"), "its address or HTTPS_PROXY is not usable"),
        (InvalidProxy(SECRET_URL, "no proxy"), "its address or HTTPS_PROXY is not usable"),
        (ValueError(SECRET_URL), "its address or HTTPS_PROXY is not usable"),
    ],
)
def test_reason_is_in_plain_words_without_exception_names_and_secrets(error, words):
    said = why(error)
    assert said.startswith(words)
    assert type(error).__name__ not in said
    assert "Errno" not in said
    assert "secret" not in said


def test_reason_of_an_error_that_a_client_library_wraps_is_found():
    requests = pytest.importorskip("requests", reason="comes with AvatarIM's client")
    with pytest.raises(requests.ConnectionError) as refused:
        requests.get(f"http://127.0.0.1:{free_port()}", timeout=5)
    assert why(refused.value) == "connection refused"
