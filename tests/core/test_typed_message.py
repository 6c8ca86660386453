"""What is typed goes in the words that each model takes."""

import json

import pytest
from msgspec.structs import replace

from kiosk.core.typed_message import typed_message

from .service import LIVE
from .test_messages import validate


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("gemini-3.1-flash-live-preview", {"realtimeInput": {"text": "Where?"}}),
        *(
            (
                model,
                {
                    "clientContent": {
                        "turns": [{"parts": [{"text": "Where?"}], "role": "user"}],
                        "turnComplete": True,
                    }
                },
            )
            for model in (LIVE.model, "gemini-live-2.5-flash-native-audio", "gemini-9-live")
        ),
    ],
)
def test_it_is_content_where_that_is_taken(model: str, sent: dict) -> None:
    payload = typed_message(replace(LIVE, model=model), "Where?")
    assert json.loads(payload) == sent
    validate(payload)
