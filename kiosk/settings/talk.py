"""`[talk]`: how one talks here."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from kiosk.settings.live_tuning import language_tags


class TalkSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[talk]`: who says where a question begins and ends.

    All but `mode` and `languages` is for `open`. Source: Live API, `RealtimeInputConfig`.
    """

    mode: Literal["hold", "open"]
    """`hold`: the visitor, by the button; `open`: the service, which listens all the time."""
    languages: Annotated[tuple[str, ...], language_tags]
    """BCP-47 tags of what visitors speak, such as `de`; empty: `live.language` alone."""
    start_sensitivity: Literal["high", "low"]
    """How readily the service takes sound for the beginning of speech."""
    end_sensitivity: Literal["high", "low"]
    """How readily it takes a pause for the end."""
    prefix_padding_ms: Annotated[int, Meta(ge=0, le=5000)]
    """Milliseconds of speech that make a beginning."""
    silence_ms: Annotated[int, Meta(ge=100, le=10_000)]
    """Milliseconds of silence that make an end."""
    interruption: bool
    """Whether speech ends the answer that the service is making."""
    turn_coverage: Literal["activity", "all-input", "activity-and-video"]
    """What of the stream the model is given: speech; all sound; speech, and every picture."""
