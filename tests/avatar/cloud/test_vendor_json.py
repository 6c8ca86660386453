"""JSON of a vendor that attacks: deep, broken, endless; and wishes that would last for ever."""

import json
import math
from typing import Any

import pytest

from kiosk.avatar.cloud.avatarim import frames
from kiosk.avatar.cloud.avatarim.control import ControlApiError
from kiosk.avatar.cloud.heygen.refusals import HeyGenError, RestAnswer, data_of
from kiosk.avatar.cloud.heygen.room import AvatarRoom
from kiosk.avatar.cloud.vendor_json import MAX_DEPTH, VendorJsonError, decode
from kiosk.avatar.interface import Lost
from kiosk.avatar.retry_after import MAX_RETRY_AFTER_S

DEEP = ["[" * 100_000, '{"a":' * 100_000, "[" * 500 + "]" * 500, '{"a":' * 40 + "1" + "}" * 40]
BAD = ["", "{", "NaN", "\ud800", "1" + "0" * 5000, *DEEP]


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("text", BAD, ids=lambda text: f"{text[:6]!r} {len(text)}")
def test_what_is_not_usable_is_told_as_that(text):
    with pytest.raises(VendorJsonError):
        decode(text.encode("utf-8", "surrogatepass"))


def test_depth_is_bounded_and_no_more():
    assert decode(nested(MAX_DEPTH))
    with pytest.raises(VendorJsonError, match="levels"):
        decode(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("text", DEEP, ids=len)
def test_a_rest_answer_is_the_vendors_fault(text):
    assert data_of(RestAnswer(200, {}, text.encode()), "here") is None
    with pytest.raises(HeyGenError, match="500"):
        data_of(RestAnswer(500, {}, text.encode()), "here")


@pytest.mark.parametrize("text", DEEP, ids=len)
def test_a_frame_is_one_that_nobody_knows(text):
    assert isinstance(frames.parse(f"5{text}"), frames.UnknownFrame)
    within = frames.parse("5" + json.dumps({"content": text}))
    assert isinstance(within, frames.BusinessMessage)
    assert within.content == {"text": text}


@pytest.mark.parametrize("text", DEEP, ids=len)
def test_an_event_of_the_room_is_passed_over_and_told(text, caplog):
    class Packet:
        data = text.encode()

    said: list[Any] = []

    class Ears:
        def on_vendor_event(self, event: dict[str, Any]) -> None:
            said.append(event)

    room = AvatarRoom(Ears())  # type: ignore[arg-type]
    room._on_data(Packet())
    Packet.data = b'{"type": "x"}'
    room._on_data(Packet())
    assert said == [{"type": "x"}]
    assert "unreadable message" in caplog.text


@pytest.mark.parametrize(
    ("wish_s", "kept_s"),
    [
        *((17.0, 17.0), (0.0, 0.0), (math.inf, MAX_RETRY_AFTER_S), (1e12, MAX_RETRY_AFTER_S)),
        *((-1e12, 0.0), (-math.inf, 0.0), (math.nan, 0.0)),
    ],
)
def test_a_wish_to_be_left_alone_is_bounded(wish_s, kept_s):
    for told in (Lost, HeyGenError, ControlApiError):
        assert told("busy", retry_after_s=wish_s).retry_after_s == kept_s


@pytest.mark.parametrize("value", ["inf", "1e999", "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_header_without_end_is_bounded(value):
    with pytest.raises(HeyGenError) as caught:
        data_of(RestAnswer(429, {"retry-after": value}, b"{}"), "here")
    assert 0 < caught.value.retry_after_s <= MAX_RETRY_AFTER_S
