"""What the kiosk's capabilities let through, the concierge takes: two lists, written apart."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.concierge import client_messages, setup_options
from kiosk.core.capabilities import FAMILIES, refusals
from kiosk.core.messages import ClientMessage, encode
from kiosk.core.setup import build_setup
from kiosk.settings.types import LiveSettings
from kiosk.tools.declarations import declaration
from kiosk.tools.tool import Tool

from ..core.service import LIVE


async def _run(*_: Any) -> dict[str, Any]:
    return {}


TOOL = Tool("open_door", "Opens the door.", _run, None, acts=True)
MODELS = [family.model for family in FAMILIES if not family.unfit] + ["gemini-9-live"]


def maybe(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | numbers


TUNINGS = st.builds(
    lambda **values: replace(LIVE.tuning, **values),
    temperature=maybe(st.floats(0, 2)),
    top_p=maybe(st.floats(0, 1)),
    top_k=maybe(st.integers(1, 1000)),
    presence_penalty=maybe(st.floats(-2, 2)),
    frequency_penalty=maybe(st.floats(-2, 2)),
    seed=maybe(st.integers(0, 2**31 - 1)),
    max_output=maybe(st.sampled_from([16, 8_192, 65_536])),
    media_resolution=st.sampled_from(["auto", "low", "medium", "high"]),
    google_search=st.booleans(),
    proactive_audio=st.booleans(),
    affective_dialog=st.booleans(),
    send_language=st.booleans(),
    transcription_languages=st.sampled_from([(), ("de-DE", "en-US")]),
    vocabulary=st.sampled_from([(), ("Nofretete",)]),
    compress_at=st.sampled_from([25_000, 128_000]),
    compress_to=st.sampled_from([1_000, 24_999]),
)
SETTINGS = st.builds(
    lambda **values: replace(LIVE, project="p", location="global", **values),
    api=st.sampled_from(["developer", "vertex"]),
    model=st.sampled_from(MODELS),
    thinking=st.sampled_from(["", "minimal", "low", "medium", "high", "xhigh", "-1", "0", "1024"]),
    tuning=TUNINGS,
)


def taken(live: LiveSettings) -> bool:
    """Whether a concierge opens the session that these settings ask for."""
    vertex = live.api == "vertex"
    setup = build_setup(live, instruction="Hello.", functions=[declaration(TOOL, live)])
    kind, body = client_messages.decode(encode(ClientMessage(setup=setup)), vertex)
    assert kind == "setup"
    platform = client_messages.Platform(vertex, "v1beta1" if vertex else "v1beta")
    try:
        setup_options.read(body, platform)
    except client_messages.Refusal:
        return False
    return True


@settings(max_examples=300)
@given(SETTINGS)
def test_a_setup_that_is_not_refused_here_is_taken_there(live: LiveSettings) -> None:
    if live.model in MODELS[:-1] and not list(refusals(live)):
        assert taken(live)


@pytest.mark.parametrize("api", ["developer", "vertex"])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_taken_with_the_defaults(api: str, model: str) -> None:
    thinking = "low" if model.endswith("-thinking") else ""
    live = replace(LIVE, api=api, model=model, thinking=thinking, project="p", location="global")
    assert list(refusals(live)) == []
    assert taken(live)


def test_what_is_refused_there_is_known_here() -> None:
    """Each thing that the concierge's rules refuse, as far as a setting can ask for it."""
    for changed in (
        {"thinking": "low"},
        {"thinking": "1024"},
        {"tuning": replace(LIVE.tuning, affective_dialog=True)},
        {"model": "gemini-3.8-live-extended-thinking"},
        {"model": "gemini-3.1-flash-live-preview", "thinking": "1024"},
        {"model": "gemini-live-2.5-flash-native-audio", "thinking": "low"},
    ):
        live = replace(LIVE, **changed)
        assert not taken(live)
        assert list(refusals(live))
