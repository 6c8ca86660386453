"""URLs in settings: what they must be, and that no secret stands in one."""

import pytest

from kiosk.settings import urls


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "::1", "127.0.0.1", "127.255.3.4"])
def test_this_machine_is_known_without_a_name_server(host: str) -> None:
    assert urls.is_loopback(host)


@pytest.mark.parametrize("host", ["", "127.0.0.256", "127.0.0.1.example", "128.0.0.1", "١٢٧.0.0.1"])
def test_others_are_not_this_machine(host: str) -> None:
    assert not urls.is_loopback(host)


@pytest.mark.parametrize(
    "value", ["", "wss://gateway.example/live", "ws://127.0.0.1:8765", "wss://[::1]:1"]
)
def test_a_base_url_of_a_websocket_is_taken(value: str) -> None:
    assert urls.websocket(value) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ws://gateway.example", "plain ws:// is for loopback only"),
        ("https://gateway.example", "a WebSocket begins with wss://"),
        ("ftp://gateway.example", "or a base URL such as"),
        ("wss://", "or a base URL such as"),
        ("wss://a:99999", "a port is a number"),
        ("wss://user:pw@a.example", "without user and password"),
        ("wss://a.example/?key=1", "without \\? and #"),
        ("wss://a.example/ü", "in ASCII and without spaces"),
    ],
)
def test_any_other_is_refused_with_what_was_expected(value: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        urls.websocket(value)


def test_a_rest_api_is_reached_by_https() -> None:
    assert urls.rest("https://gateway.example") == "https://gateway.example"
    with pytest.raises(ValueError, match="a REST API begins with https://"):
        urls.rest("wss://gateway.example")


@pytest.mark.parametrize(
    "value",
    [
        *("", "external:/opt/play", "rtmp://host/app", "https://host/a.m3u8"),
        *("http://127.0.0.1/a.flv", "listen:rtmp://0.0.0.0:1935/live/kiosk"),
        "rtmp://host/app?k={avatarim-video-key}",
    ],
)
def test_a_picture_may_come_from_there(value: str) -> None:
    assert urls.picture(value) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://host/a.flv", "for loopback only"),
        ("listen:https://host/a", "listen:rtmp"),
        ("file:///a.mp4", "for none"),
        ("rtmp://host/app?k={gemini-api-key}", "no other braces"),
    ],
)
def test_a_picture_may_not_come_from_there(value: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        urls.picture(value)


def test_a_picture_is_pushed_by_rtmp() -> None:
    assert urls.push("rtmps://relay.example/live") == "rtmps://relay.example/live"
    assert urls.push("") == ""
    with pytest.raises(ValueError, match="for none"):
        urls.push("https://relay.example/live")
