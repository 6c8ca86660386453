"""What a client writes and shows, as history."""

import pytest

from kiosk.concierge.client_messages import Refusal
from kiosk.concierge.exchanges import PICTURE_TOKENS, has_words, picture, written
from kiosk.concierge.session import Exchange, ServiceSession

JPEG = {"mimeType": "image/jpeg", "data": b"\xff\xd8\xff\xe0"}


def test_words_of_a_turn() -> None:
    turn = {"role": "model", "parts": [{"text": "It is"}, {"fileData": {}}, {"text": "here."}]}
    assert written(turn) == Exchange("model", "It is here.")
    assert (has_words("…"), has_words("a…")) == (False, True)


def test_a_picture_is_billed_with_the_history() -> None:
    session = ServiceSession(1)
    session.history = (picture(JPEG), picture(JPEG))
    assert session.context_tokens()["VIDEO"] == 2 * PICTURE_TOKENS


@pytest.mark.parametrize(
    "blob",
    [
        {},
        {"mimeType": "video/mp4", "data": b"\xff\xd8\xff"},
        {"mimeType": "image/png", "data": b"\xff\xd8\xff"},
        {"mimeType": "image/jpeg"},
    ],
)
def test_what_is_no_picture_is_refused(blob: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refused:
        picture(blob)
    assert refused.value.code == 1007
