"""`[visit]`: from the first press until the kiosk forgets."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class VisitSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[visit]`."""

    end_after_s: Annotated[float, Meta(ge=1, le=3600)]
    """Seconds without a press and without sound after which the visit is wiped."""
    daily_turns: Annotated[int, Meta(ge=0, le=100_000)]
    """Most questions a day; 0: no bound."""
    dial: Literal["warm", "on_press"]
    """When the service is dialled: before somebody comes, or when somebody does."""
    greeting: Annotated[
        str,
        Meta(
            pattern=r"\A[^\x00-\x1f]{0,500}\Z",
            description='"" for none, the absolute path of a WAV file, or what the model is to do,'
            " in at most 500 characters",
        ),
    ]
    """How who comes and says nothing is greeted: a recording, or what the model is asked to do."""
