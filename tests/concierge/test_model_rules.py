"""What each model refuses, judged without a connection."""

from typing import Any

import pytest

from kiosk.concierge.client_messages import Platform, Refusal
from kiosk.concierge.model_rules import check, takes_content

DEVELOPER = Platform(vertex=False, version="v1beta")
VERTEX = Platform(vertex=True, version="v1beta1")
NEW = "models/gemini-3.8-live"
EXTENDED = "models/gemini-3.8-live-extended-thinking"
OLDER = "models/gemini-3.1-flash-live-preview"
BUDGET = "publishers/google/models/gemini-live-2.5-flash-native-audio"
LOW = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}}
SOME = {"generationConfig": {"thinkingConfig": {"thinkingBudget": 5}}}
MOOD = {"generationConfig": {"enableAffectiveDialog": True}}


def tool(behavior: str) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": [{"name": "x", "behavior": behavior}]}]}


@pytest.mark.parametrize(
    ("model", "setup", "why"),
    [
        (NEW, LOW, "no thinkingConfig"),
        (NEW, SOME, "no thinkingConfig"),
        (NEW, MOOD, "enableAffectiveDialog"),
        (NEW, {"proactivity": {"proactiveAudio": False}}, "always on"),
        (EXTENDED, {}, "LOW, MEDIUM or HIGH"),
        (EXTENDED, LOW | tool("BLOCKING"), "NON_BLOCKING"),
        (EXTENDED, {"generationConfig": MOOD["generationConfig"] | LOW["generationConfig"]}, "Aff"),
        (OLDER, SOME, "thinkingLevel"),
        (OLDER, MOOD, "enableAffectiveDialog"),
        (OLDER, {"proactivity": {"proactiveAudio": True}}, "no proactivity"),
        (OLDER, tool("NON_BLOCKING"), "BLOCKING"),
        (BUDGET, LOW, "thinkingBudget"),
    ],
)
def test_it_refuses(model: str, setup: dict[str, Any], why: str) -> None:
    with pytest.raises(Refusal) as refused:
        check({"model": model, **setup}, DEVELOPER)
    assert refused.value.code == 1007
    assert why in refused.value.why


@pytest.mark.parametrize(
    ("model", "setup"),
    [
        (NEW, {"proactivity": {"proactiveAudio": True}} | tool("BLOCKING")),
        (EXTENDED, LOW | tool("NON_BLOCKING")),
        (OLDER, LOW),
        (BUDGET, SOME | {"proactivity": {"proactiveAudio": True}}),
        ("models/gemini-9-live", SOME),
    ],
)
def test_it_takes(model: str, setup: dict[str, Any]) -> None:
    check({"model": model, **setup}, DEVELOPER)


def test_vertex_knows_no_behavior() -> None:
    with pytest.raises(Refusal, match='Unknown name "behavior"'):
        check({"model": NEW, **tool("BLOCKING")}, VERTEX)


def test_content_in_mid_session_is_not_for_every_model() -> None:
    assert not takes_content(OLDER, history=False)
    assert takes_content(OLDER, history=True)
    assert takes_content(NEW, history=False)


def test_the_developer_api_knows_moods_in_its_alpha_alone() -> None:
    setup = {"model": BUDGET, **MOOD}
    check(setup, VERTEX)
    check(setup, Platform(vertex=False, version="v1alpha"))
    with pytest.raises(Refusal, match='Unknown name "enableAffectiveDialog"'):
        check(setup, DEVELOPER)
