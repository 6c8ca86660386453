"""What we send is what the official client's types accept; what we receive never costs more than
itself.
"""

import base64
import json
import warnings

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Dial
from kiosk.core.messages import GoAway, ResumptionUpdate, decode
from kiosk.core.realtime_messages import encode_audio
from kiosk.core.session import Session
from kiosk.errors import MessageError

from .service import (
    INTERRUPTED,
    LIVE,
    SETUP_COMPLETE,
    TURN_COMPLETE,
    heard,
    message,
    said,
    sound,
)

ONE_OF = {"setup", "clientContent", "realtimeInput", "toolResponse"}


def validate(payload: bytes) -> dict:
    """Check a client message with google-genai's own types, which forbid what they do not know."""
    body = json.loads(payload)
    assert len(body) == 1, "exactly one field a message"
    assert set(body) <= ONE_OF
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # an unknown enum value is only a warning there
        if "setup" in body:
            # LiveClientSetup lacks this one field; its own type checks it.
            setup = dict(body["setup"])
            types.RealtimeInputConfig.model_validate(setup.pop("realtimeInputConfig"))
            types.LiveClientSetup.model_validate(setup)
            return body
        parsed = types.LiveClientMessage.model_validate(body)
    again = parsed.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert set(again) == set(body), "camelCase only"
    if "realtimeInput" in body:
        assert len(body["realtimeInput"]) == 1, "one field a realtimeInput"
    return body


def vertex():
    fields = {name: getattr(LIVE, name) for name in LIVE.__struct_fields__}
    return type(LIVE)(**fields | {"api": "vertex", "project": "p", "location": "us-central1"})


@pytest.mark.parametrize("live", [LIVE, vertex()], ids=["developer", "vertex"])
def test_every_message_that_we_send_validates_against_the_official_types(live):
    """A session that sends everything it can: setup, resume, speech, text, tools, history."""
    session = Session(live, lambda: 0.5)
    sent = []

    def connect() -> None:
        session.tick(session.link.phase_since_s + 1000)
        sent.extend(a.setup for a in session.actions if isinstance(a, Dial))
        session.actions.clear()
        session.opened(0.0)
        session.receive(SETUP_COMPLETE, 0.0)

    def send() -> None:
        while (out := session.pull(10_000, 0.0)) is not None:
            sent.append(out.payload or encode_audio(bytes(2 * (out.end - out.start))))

    session.start(0.0)
    connect()
    session.open(1, 0, 0.0)
    session.close(1, 1000, 0.0)
    session.type(2, "Where is the exit?", 0.0)
    send()
    call = message(toolCall={"functionCalls": [{"id": "1", "name": "x"}]})
    for each in (INTERRUPTED, TURN_COMPLETE, call, sound(), TURN_COMPLETE):
        session.receive(each, 0.0)
    send()
    resumable = {"newHandle": "h", "resumable": True, "lastConsumedClientMessageIndex": "4"}
    session.receive(message(sessionResumptionUpdate=resumable), 0.0)
    session.lost(Disconnect(), 0.0)
    connect()
    session.open(3, 2000, 0.0)
    session.close(3, 3000, 0.0)
    send()
    for each in (heard("hello"), said("hi"), sound()):
        session.receive(each, 0.0)
    session.lost(Disconnect(), 0.0)
    connect()
    send()
    bodies = [validate(payload) for payload in sent]
    assert {name for body in bodies for name in body} == ONE_OF
    handles = [b["setup"]["sessionResumption"].get("handle") for b in bodies if "setup" in b]
    assert handles == [None, "h", None]
    transparent = [
        b["setup"]["sessionResumption"].get("transparent") for b in bodies if "setup" in b
    ]
    assert set(transparent) == ({True} if live.api == "vertex" else {None})


def test_binary_and_text_frames_are_the_same():
    text = '{"serverContent": {"turnComplete": true}}'
    assert decode(text) == decode(text.encode())


def test_both_base64_alphabets_are_read():
    for data in ("-_-_", "+/+/"):
        (part,) = sound(data).server_content.model_turn.parts
        assert part.inline_data.pcm() == base64.b64decode("+/+/")


def test_broken_base64_is_our_own_error():
    (part,) = sound("@@@").server_content.model_turn.parts
    with pytest.raises(MessageError):
        part.inline_data.pcm()


def test_unknown_and_misshapen_fields_cost_only_themselves():
    got = message(
        novelty={"a": 1},
        usageMetadata="not an object",
        serverContent={"turnComplete": True, "speechState": "SPEECH", "waitingForInput": True},
    )
    assert got.server_content.turn_complete
    assert got.usage_metadata.total_token_count == 0
    assert set(got.unknown) == {"novelty", "usageMetadata"}


@pytest.mark.parametrize("index", ["3", 3])
def test_index_comes_as_string_or_number(index):
    assert ResumptionUpdate(last_consumed_client_message_index=index).index() == 3


@pytest.mark.parametrize(
    ("time_left", "seconds"),
    [
        ("50s", 50),
        ("9.5s", 9.5),
        ("17.250s", 17.25),
        ("0s", 0),
        (None, None),
        ("soon", None),
        ("nans", None),
        (57, 57),
        ({"seconds": "57", "nanos": 500_000_000}, 57.5),
        ({"seconds": None}, None),
        ([], None),
        (10**400, None),
    ],
)
def test_go_away_time_left(time_left, seconds):
    assert GoAway(time_left=time_left).seconds() == seconds


def test_go_away_is_one_however_its_time_is_spelt():
    message = decode('{"goAway": {"timeLeft": {"seconds": "9"}}}')
    assert message.go_away is not None
    assert message.go_away.seconds() == 9


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_garbage_is_our_own_error_or_a_message(frame):
    try:
        decode(frame)
    except MessageError:
        return


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=20,
)
NAMES = (
    "serverContent",
    "toolCall",
    "goAway",
    "sessionResumptionUpdate",
    "usageMetadata",
    "error",
    "x",
)


@given(st.dictionaries(st.sampled_from(NAMES), json_values))
def test_legal_json_of_any_shape_is_a_message(body):
    decode(json.dumps(body))


def test_deep_nesting_is_our_own_error():
    with pytest.raises(MessageError):
        decode(b'{"a":' * 100_000)
