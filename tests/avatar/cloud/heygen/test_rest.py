import json
from http.server import BaseHTTPRequestHandler

import pytest

from kiosk.avatar.cloud.heygen.refusals import (
    BUSY_S,
    RATE_S,
    HeyGenError,
    KeyRefusedError,
    NoCreditsError,
    NotThereError,
    RestAnswer,
    SessionEndedError,
    TooEarlyError,
    TooManyCallsError,
    TooManySessionsError,
    UnreachableError,
    WrongRequestError,
    data_of,
)
from kiosk.avatar.cloud.heygen.rest import base_url, call, post
from kiosk.avatar.cloud.heygen.vendor_api import address, listed
from kiosk.avatar.retry_after import retry_after_s
from kiosk.errors import KioskError
from tests.support.serving import serving


def refused(status: int, code: object = 0, message: str = "", **headers: str) -> HeyGenError:
    body = json.dumps({"code": code, "message": message}).encode()
    with pytest.raises(HeyGenError) as caught:
        data_of(RestAnswer(status, headers, body), "api.example/x")
    return caught.value


@pytest.mark.parametrize("code", [100, 1000, 7, None])
def test_success_is_what_the_status_says(code: object) -> None:
    body = json.dumps({"code": code, "data": {"a": 1}, "message": "?"}).encode()
    assert data_of(RestAnswer(200, {}, body), "") == {"a": 1}
    assert data_of(RestAnswer(201, {}, body), "") == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"success", b"[1]", b"{"])
def test_a_success_without_json_has_no_data(body: bytes) -> None:
    assert data_of(RestAnswer(200, {}, body), "") is None


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "final"),
    [
        (401, 400112, "Unauthorized", KeyRefusedError, True),
        (403, 0, "forbidden", KeyRefusedError, True),
        (400, 10005, "session state wrong: closed", SessionEndedError, False),
        (400, 400006, "Session is not in correct state", TooEarlyError, False),
        (400, 10013, "avatar not found", WrongRequestError, True),
        (400, 0, "Anna is not an interactive avatar", WrongRequestError, True),
        (400, 10003, "avatar version deprecated", WrongRequestError, True),
        (400, 400014, "x", WrongRequestError, True),
        (404, 0, "there is none", NotThereError, True),
        (400, 10007, "Concurrent limit reached", TooManySessionsError, False),
        (402, 0, "x", NoCreditsError, True),
        (400, 0, "Insufficient credits", NoCreditsError, True),
        (422, 0, "validation error", WrongRequestError, True),
        (429, 0, "slow down", TooManyCallsError, False),
        (400, 1, "who knows", HeyGenError, False),
        (503, 0, "down", HeyGenError, False),
    ],
)
def test_what_a_refusal_means(
    status: int, code: int, message: str, kind: type[HeyGenError], final: bool
) -> None:
    error = refused(status, code, message)
    assert type(error) is kind
    assert error.final is final
    assert (error.status, error.code, error.message) == (status, str(code), message)
    assert str(status) in str(error)
    assert message in str(error)


def test_an_error_is_also_what_a_caller_would_guess() -> None:
    assert issubclass(KeyRefusedError, PermissionError)
    assert issubclass(WrongRequestError, ValueError)
    assert issubclass(NotThereError, LookupError)
    assert issubclass(UnreachableError, ConnectionError)
    assert issubclass(HeyGenError, KioskError)


def test_a_wish_to_be_left_alone_is_honoured() -> None:
    assert refused(429, **{"retry-after": "17"}).retry_after_s == 17
    assert refused(429).retry_after_s == RATE_S
    assert refused(400, 10007, "Concurrent limit reached").retry_after_s == BUSY_S
    assert retry_after_s("Tue, 24 Nov 2026 10:00:30 GMT", 1795514400.0) == 30
    assert retry_after_s("soon", 0) == 0
    assert retry_after_s("-3", 0) == 0


def test_a_refusal_that_is_no_json() -> None:
    with pytest.raises(HeyGenError, match="502") as caught:
        data_of(RestAnswer(502, {}, b"<html>\n bad gateway"), "api.example/x")
    assert not caught.value.final


@pytest.mark.parametrize(
    "data",
    [
        {"sessions": [{"session_id": "a"}, {"session_id": "b"}]},
        [{"session_id": "a"}, {"id": "b"}],
        {"results": [{"id": "a"}, {"id": "b"}]},
    ],
)
def test_both_shapes_of_the_list(data: object) -> None:
    assert [each.session_id for each in listed(data)] == ["a", "b"]


@pytest.mark.parametrize("data", [None, {}, [], "x", {"sessions": [1, {}]}])
def test_a_list_of_nothing(data: object) -> None:
    assert listed(data) == []


def test_no_sound_goes_out_in_the_clear() -> None:
    assert address({"u": "wss://far.example/x"}, "u")
    assert address({"u": "ws://127.0.0.1:7/x"}, "u")
    with pytest.raises(HeyGenError, match="not encrypted") as caught:
        address({"u": "ws://far.example/x"}, "u")
    assert caught.value.final
    with pytest.raises(HeyGenError, match="holds no u"):
        address({}, "u")


class _Echo(BaseHTTPRequestHandler):
    """Refuses, and quotes what it was asked with; a terminal would obey some of it."""

    as_json = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers.get("x-api-key") or self.headers["Authorization"]
        words = f"\x1b]0;owned\x07 bad \u202e{key}\n{'x' * 100_000}"
        body = json.dumps({"code": key, "message": words}) if self.as_json else words
        self.send_response(500)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("header", ["X-API-KEY", "x-api-key", "Authorization"])
async def test_a_refusal_that_attacks_is_a_line_without_the_key(
    monkeypatch: pytest.MonkeyPatch, header: str, as_json: bool
) -> None:
    monkeypatch.setattr(_Echo, "as_json", as_json)
    key = "hg-0123456789-secret"
    value = f"Bearer {key}" if header == "Authorization" else key
    with serving(_Echo) as url, pytest.raises(HeyGenError) as caught:
        await call(post(url, {header: value}, {}))
    for words in (caught.value.reason, str(caught.value)):
        assert key[:8] not in words
        assert "(secret)" in words
        assert len(words) <= 200
        assert words.isprintable()


def test_no_key_goes_out_in_the_clear() -> None:
    assert base_url("", "https://api.example") == "https://api.example"
    assert base_url("http://127.0.0.1:7/", "") == "http://127.0.0.1:7"
    with pytest.raises(ValueError, match="expected https"):
        base_url("http://far.example", "")
