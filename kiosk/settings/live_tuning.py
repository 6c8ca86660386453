"""`[live.tuning]`: what a model can be told beside who it is. Each default is the service's own.

Which of it a model takes is no matter of types: `kiosk.core.capabilities` knows.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

TAG = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"
"""A language tag. Source: RFC 5646 (BCP 47), section 2.1, without its rarest forms."""
MAX_WORDS = 100
"""Of a list of words."""
_WORD = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


def _auto_or(kind: type[int] | type[float], low: int, high: int) -> Callable[[Any], Any]:
    """A number, or `auto`, which becomes None: the service's own."""
    number = "a whole number" if kind is int else "a number"

    def check(value: Any) -> Any:
        if value == "auto":
            return None
        right = type(value) is int or (type(value) is float and kind is float)
        if not right or not low <= value <= high:
            raise ValueError(f'"auto", or {number} from {low} to {high}')
        return kind(value)

    return check


def language_tags(value: Any) -> tuple[str, ...]:
    """A list of BCP-47 tags, each once.

    Raises:
        ValueError: it is none; says what was expected.
    """
    if not isinstance(value, list) or not all(
        isinstance(one, str) and re.fullmatch(TAG, one) for one in value
    ):
        raise ValueError('a list of language tags, such as ["de-DE", "en-US"]')
    return tuple(dict.fromkeys(value))


def _words(value: Any) -> tuple[str, ...]:
    if (
        not isinstance(value, list)
        or len(value) > MAX_WORDS
        or not all(isinstance(one, str) and _WORD.fullmatch(one) for one in value)
    ):
        raise ValueError(f'a list of at most {MAX_WORDS} words, such as ["Nofretete"]')
    return tuple(dict.fromkeys(value))


class TuningSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """See the module. None, False and nothing: it is not sent."""

    temperature: Annotated[float | None, _auto_or(float, 0, 2)]
    """How freely words are chosen."""
    top_p: Annotated[float | None, _auto_or(float, 0, 1)]
    """Share of the likeliest words that are chosen among."""
    top_k: Annotated[int | None, _auto_or(int, 1, 1000)]
    """How many of the likeliest words are chosen among."""
    presence_penalty: Annotated[float | None, _auto_or(float, -2, 2)]
    """Against words that were used before."""
    frequency_penalty: Annotated[float | None, _auto_or(float, -2, 2)]
    """Against words, the more the more often they were used."""
    seed: Annotated[int | None, _auto_or(int, 0, 2**31 - 1)]
    """Of the dice."""
    max_output: Annotated[int | None, _auto_or(int, 16, 65_536)]
    """Tokens of one answer at most: 25 are a second of speech."""
    media_resolution: Literal["auto", "low", "medium", "high"]
    """Of pictures, as the model sees them."""
    google_search: bool
    """Whether the model may look things up with Google Search."""
    proactive_audio: bool
    """Whether the model may leave unanswered what is not meant for it."""
    affective_dialog: bool
    """Whether the voice follows the visitor's mood."""
    send_language: bool
    """Whether `live.language` is told as the language of speech."""
    transcription_languages: Annotated[tuple[str, ...], language_tags]
    """What visitors are likely to speak, as a hint for their transcript."""
    vocabulary: Annotated[tuple[str, ...], _words]
    """Names and words that a transcript is likely to have."""
    compress_at: Annotated[int, Meta(ge=5_000, le=128_000)]
    """Tokens of context at which the service begins to forget the oldest. A visit of 15 minutes is
    about 23,000 (25 a second of sound), and the whole context is billed again at each turn.
    """
    compress_to: Annotated[int, Meta(ge=1_000, le=127_000)]
    """Tokens that are kept then: the system instruction and the last minutes."""
