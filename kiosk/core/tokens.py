"""Tokens by what they hold and which way they go, and what they cost.

Source: Live API, `usageMetadata`: the Developer API says `response…` where Vertex AI says
`candidates…`.
"""

from collections.abc import Sequence

from msgspec import Struct

from kiosk.core.messages import TokenDetail, TokenUsage
from kiosk.core.prices import TOKEN_PRICES, TokenPrices

NANO = 1_000_000_000
"""Money is counted in whole billionths of the currency's unit: no sum loses a fraction."""
_NANO_PER_MILLIONTH = 1000
"""A price of a million tokens, in billionths for one of them."""
_TEXT = "TEXT"
_PICTURES = ("VIDEO", "IMAGE")


class Tokens(Struct, frozen=True, omit_defaults=True):
    """See the module."""

    text_in: int = 0
    audio_in: int = 0
    video_in: int = 0
    """Video and pictures."""
    text_out: int = 0
    audio_out: int = 0

    def plus(self, other: "Tokens") -> "Tokens":
        """Both together."""
        return Tokens(*(getattr(self, name) + getattr(other, name) for name in TOKEN_PRICES))

    def input_beyond(self, question: "Tokens") -> "Tokens":
        """What was read beside the question itself."""
        return Tokens(
            max(self.text_in - question.text_in, 0),
            max(self.audio_in - question.audio_in, 0),
            max(self.video_in - question.video_in, 0),
        )

    def cost_n(self, prices: TokenPrices) -> int:
        """What they cost, in billionths."""
        return sum(
            getattr(self, name) * round(getattr(prices, name) * _NANO_PER_MILLIONTH)
            for name in TOKEN_PRICES
        )


def tokens_of(usage: TokenUsage) -> Tokens:
    """What a report counts. What it does not tell the kind of counts as sound, the dearest."""
    text, audio, video = _by_kind(usage.prompt_token_count, usage.prompt_tokens_details)
    said = usage.response_token_count or usage.candidates_token_count
    details = usage.response_tokens_details or usage.candidates_tokens_details
    written, spoken, drawn = _by_kind(said, details)
    written += usage.thoughts_token_count
    text += usage.tool_use_prompt_token_count
    untold = usage.total_token_count - (text + audio + video + written + spoken + drawn)
    return Tokens(text, audio, video, written, spoken + drawn + max(untold, 0))


def _by_kind(count: int, details: Sequence[TokenDetail]) -> tuple[int, int, int]:
    """Text, sound and pictures of a count."""
    text = sum(one.token_count for one in details if one.modality == _TEXT)
    video = sum(one.token_count for one in details if one.modality in _PICTURES)
    audio = sum(one.token_count for one in details) - text - video
    return text, audio + max(count - text - audio - video, 0), video
