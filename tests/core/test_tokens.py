"""What a report of the service counts, in either spelling, and what it costs."""

import json

import pytest

from kiosk.core.messages import TokenUsage, decode
from kiosk.core.prices import TokenPrices
from kiosk.core.tokens import NANO, Tokens, tokens_of


def usage(**fields: object) -> TokenUsage:
    report = decode(json.dumps({"usageMetadata": fields})).usage_metadata
    assert report is not None
    return report


def details(**kinds: int) -> list[dict[str, object]]:
    return [{"modality": kind, "tokenCount": count} for kind, count in kinds.items()]


@pytest.mark.parametrize("said", ["response", "candidates"])
def test_both_spellings_are_counted_by_kind(said: str) -> None:
    report: dict[str, object] = {
        "promptTokenCount": 400,
        f"{said}TokenCount": 130,
        "totalTokenCount": 530,
        "promptTokensDetails": details(TEXT=100, AUDIO=200, IMAGE=40, VIDEO=60),
        f"{said}TokensDetails": details(AUDIO=120, TEXT=10),
    }
    assert tokens_of(usage(**report)) == Tokens(100, 200, 100, 10, 120)


def test_what_is_not_told_by_kind_counts_as_sound() -> None:
    bare = usage(promptTokenCount=400, responseTokenCount=130, totalTokenCount=530)
    assert tokens_of(bare) == Tokens(audio_in=400, audio_out=130)
    half = usage(promptTokenCount=400, promptTokensDetails=details(TEXT=100), totalTokenCount=400)
    assert tokens_of(half) == Tokens(text_in=100, audio_in=300)
    assert tokens_of(usage(totalTokenCount=70)) == Tokens(audio_out=70)
    assert tokens_of(usage(promptTokensDetails=details(SMELL=5))) == Tokens(audio_in=5)


def test_thoughts_are_written_and_what_tools_say_is_read() -> None:
    report = usage(thoughtsTokenCount=7, toolUsePromptTokenCount=9, totalTokenCount=16)
    assert tokens_of(report) == Tokens(text_in=9, text_out=7)


def test_counts_come_as_text_too() -> None:
    assert tokens_of(usage(promptTokenCount="12", totalTokenCount="12")) == Tokens(audio_in=12)


def test_a_count_that_no_model_can_reach_is_passed_over() -> None:
    report = usage(promptTokenCount=2**53, responseTokenCount=10, totalTokenCount=2**80)
    assert tokens_of(report) == Tokens(audio_out=10)


def test_money_is_whole_billionths() -> None:
    prices = TokenPrices(0.75, 3.0, 1.0, 4.5, 12.0)
    million = Tokens(*[1_000_000] * 5)
    assert million.cost_n(prices) == round(21.25 * NANO)
    assert Tokens(text_in=1).cost_n(prices) == 750


def test_what_was_read_beside_the_question() -> None:
    read = Tokens(100, 200, 30, 40, 50)
    assert read.input_beyond(Tokens(text_in=5, audio_in=120)) == Tokens(95, 80, 30)
    assert read.input_beyond(Tokens(audio_in=300)) == Tokens(100, 0, 30)
