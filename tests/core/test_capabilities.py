"""What each platform and model takes: refused with a remedy, or sent."""

import itertools

import pytest
from msgspec.structs import replace

from kiosk.core.capabilities import FAMILIES, NEWEST, capabilities_of, doubts, refusals
from kiosk.settings.types import LiveSettings

from .service import LIVE

NEW = "gemini-3.8-live"
EXTENDED = "gemini-3.8-live-extended-thinking"
OLDER = "gemini-3.1-flash-live-preview"
BUDGET = "gemini-live-2.5-flash-native-audio"
BUDGET_KEY = "gemini-2.5-flash-native-audio-preview-12-2025"


def settings(
    model: str, api: str = "developer", thinking: str = "", **tuning: object
) -> LiveSettings:
    tuned = replace(LIVE.tuning, **tuning)
    return replace(LIVE, model=model, api=api, thinking=thinking, tuning=tuned)


def told(live: LiveSettings) -> list[str]:
    return [f"{one.key}: {one.why}. {one.remedy}" for one in refusals(live)]


@pytest.mark.parametrize(
    ("model", "thinking", "words"),
    [
        (NEW, "low", f'{NEW} does not take it. Set ""'),
        (NEW, "1024", 'does not take it. Set ""'),
        (EXTENDED, "", 'needs one. Set "low" or "medium" or "high"'),
        (EXTENDED, "minimal", 'does not take it. Set "low" or "medium" or "high"'),
        (BUDGET, "low", 'does not take it. Set "" or a budget of tokens in quotes'),
        (BUDGET, "24577", "(at most 24576)"),
        (OLDER, "512", 'Set "" or "minimal" or "low"'),
    ],
)
def test_how_much_it_thinks(model: str, thinking: str, words: str) -> None:
    (one,) = told(settings(model, thinking=thinking))
    assert one.startswith("live.thinking: ")
    assert words in one


@pytest.mark.parametrize(
    ("model", "thinking"),
    [(NEW, ""), (EXTENDED, "low"), (OLDER, "minimal"), (BUDGET, "0"), (BUDGET_KEY, "-1")],
)
def test_what_it_takes_is_not_refused(model: str, thinking: str) -> None:
    assert told(settings(model, thinking=thinking)) == []


@pytest.mark.parametrize(
    ("live", "line"),
    [
        (
            settings(NEW, proactive_audio=True),
            f"live.tuning.proactive_audio: {NEW} always does it, and refuses to be told. Set false",
        ),
        (
            settings(OLDER, affective_dialog=True),
            f"live.tuning.affective_dialog: {OLDER} does not take it. Set false",
        ),
        (
            settings(OLDER, vocabulary=("Nofretete",)),
            f"live.tuning.vocabulary: {OLDER} does not take it. Set []",
        ),
        (
            settings(BUDGET, "vertex", media_resolution="low"),
            f'live.tuning.media_resolution: {BUDGET} does not take it. Set "auto"',
        ),
        (
            settings(BUDGET_KEY, max_output=8_193),
            f"live.tuning.max_output: an answer of {BUDGET_KEY} has at most 8192 tokens."
            ' Set that at most, or "auto"',
        ),
        (
            settings(BUDGET_KEY, affective_dialog=True),
            f"live.tuning.affective_dialog: {BUDGET_KEY} does not take it on the Developer API."
            " Set false",
        ),
        (
            settings("gemini-3.5-transcribe-live"),
            "live.model: it writes down and does not answer."
            f' Set one that talks, such as "{NEWEST.model}"',
        ),
    ],
)
def test_what_it_does_not_take_has_a_remedy(live: LiveSettings, line: str) -> None:
    assert told(live) == [line]


def test_what_it_takes_on_its_platform_is_sent() -> None:
    assert told(settings(BUDGET, "vertex", proactive_audio=True, affective_dialog=True)) == []
    assert told(settings(NEW, "vertex", vocabulary=("Nofretete",), media_resolution="low")) == []
    assert told(settings(NEW, max_output=65_536, temperature=0.0, seed=0)) == []


def test_every_mistake_is_told() -> None:
    wrong = settings(NEW, thinking="low", proactive_audio=True, affective_dialog=True)
    assert len(told(wrong)) == 3


def test_an_unknown_model_is_taken_for_the_newest_with_a_warning() -> None:
    (doubt,) = doubts(settings("gemini-9-live"))
    assert doubt.key == "live.model"
    assert f"is taken for a {NEWEST.model}" in doubt.why
    capabilities = capabilities_of(settings("gemini-9-live"))
    assert (capabilities.family, capabilities.known) == (NEWEST, False)


def test_a_model_that_the_platform_is_not_known_to_offer_is_doubted() -> None:
    assert "Vertex AI" in next(iter(doubts(settings(OLDER, "vertex")))).why
    assert list(doubts(settings(NEW, "vertex"))) == []


def test_the_longest_beginning_decides() -> None:
    for family, api in itertools.product(FAMILIES, ("developer", "vertex")):
        assert capabilities_of(settings(f"{family.model}-x", api)).family is family


@pytest.mark.parametrize(
    ("model", "api", "behavior"),
    [
        (NEW, "developer", "BLOCKING"),
        (OLDER, "developer", "BLOCKING"),
        (EXTENDED, "developer", "NON_BLOCKING"),
        (NEW, "vertex", ""),
    ],
)
def test_how_a_tool_is_waited_for_is_said_where_it_may_be(model, api, behavior) -> None:
    assert capabilities_of(settings(model, api)).behavior == behavior
