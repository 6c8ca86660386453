"""Requests of the control socket: each verb is defined once; what does not fit is refused."""

import pytest

from kiosk.controls import verbs
from kiosk.controls.verbs import VERBS, ControlRequest, parse, served
from kiosk.errors import ControlError


def test_a_request_becomes_what_its_verb_defines() -> None:
    request = {"do": "show", "kind": "list", "items": ["Tea", "Cake"], "seconds": 9}
    shown = parse(verbs.ShowRequest, request)
    assert shown == verbs.ShowRequest(kind="list", items=("Tea", "Cake"), seconds=9.0)


def test_a_field_that_is_left_out_has_its_default() -> None:
    assert parse(verbs.ExpressionRequest, {"do": "expression", "name": ""}).seconds == 5.0


def test_a_field_that_a_verb_does_not_know_is_passed_over() -> None:
    """Clients of a later version may send more."""
    assert parse(verbs.PressRequest, {"do": "press", "id": 7}) == verbs.PressRequest()


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"do": "say"}, 'say needs "text": words, such as "Hello"'),
        ({"do": "say", "text": " "}, 'say: text = " " cannot be used; expected words, such as'),
        ({"do": "say", "text": 3}, "say: text = 3 cannot be used; expected text in quotes"),
        ({"do": "screenshot", "path": None}, "screenshot: path = None cannot be used"),
        ({"do": "screenshot", "path": ["now.png"]}, 'screenshot: path = ["now.png"] cannot be'),
        ({"do": "language"}, 'language needs "language": a language tag such as "de"'),
        ({"do": "show", "kind": "film"}, 'expected one of "text", "list", "image", "map", "qr"'),
        ({"do": "show", "kind": "text", "colour": "red"}, "show has no field 'colour'"),
        ({"do": "show", "kind": "text", "seconds": 0}, "show: seconds = 0 cannot be used"),
        ({"do": "show", "kind": "text", "seconds": True}, "show: seconds = true cannot be used"),
        ({"do": "show", "kind": "text", "seconds": "9"}, "more than 0 and at most 86400"),
        ({"do": "show", "kind": "text", "seconds": 86_401}, "more than 0 and at most 86400"),
        ({"do": "show", "kind": "list", "items": "Tea"}, 'show: items = "Tea" cannot be used'),
        ({"do": "expression", "name": "../smile"}, 'a name such as "smile"; "" ends it'),
    ],
)
def test_what_does_not_fit_is_refused_with_verb_field_and_what_was_expected(
    request_: dict[str, object], says: str
) -> None:
    kind = VERBS[str(request_["do"])]
    with pytest.raises(ControlError) as caught:
        parse(kind, request_)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 250


async def test_a_handler_is_given_the_request_and_nothing_that_does_not_fit() -> None:
    got: list[ControlRequest] = []

    async def answer(request: ControlRequest) -> dict[str, object]:
        got.append(request)
        return {"turn": 7}

    verb = served(dict.fromkeys(VERBS.values(), answer))
    assert await verb["say"]({"do": "say", "text": "Hello"}) == {"turn": 7}
    with pytest.raises(ControlError):
        await verb["say"]({"do": "say"})
    assert got == [verbs.SayRequest(text="Hello")]


def test_a_verb_without_a_handler_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        served({})
