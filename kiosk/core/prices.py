"""What tokens and avatar minutes cost: a price list, with what the settings say instead.

A model that the list does not know is counted at the dearest price that it does know, so that a cap
comes too early rather than too late.
"""

from msgspec import Struct
from msgspec.structs import replace

from kiosk.settings.types import Settings

TOKEN_PRICES = ("text_in", "audio_in", "video_in", "text_out", "audio_out")


class TokenPrices(Struct, frozen=True, forbid_unknown_fields=True):
    """Of a million tokens, by what they hold and which way they go."""

    text_in: float = 0.0
    audio_in: float = 0.0
    video_in: float = 0.0
    text_out: float = 0.0
    audio_out: float = 0.0


class PriceList(Struct, frozen=True, forbid_unknown_fields=True):
    """What is public."""

    date: str
    """When the prices were read, such as `2026-11-20`."""
    currency: str
    models: dict[str, TokenPrices]
    avatar_minute: dict[str, float]
    """Of a minute of session, by `avatar.driver`."""


class Prices(Struct, frozen=True):
    """Those in force."""

    tokens: TokenPrices = TokenPrices()
    avatar_minute: float = 0.0
    date: str = ""
    """When the list was read."""
    doubts: tuple[tuple[str, str], ...] = ()
    """What is not known: the setting that names it, and what is taken instead."""


def prices_of(settings: Settings, known: PriceList) -> Prices:
    """The prices of what these settings use.

    Args:
        settings: `[live]`, `[avatar]` and `[money]` are used.
        known: what is public.
    """
    own = settings.money.prices
    doubts: list[tuple[str, str]] = []
    avatar, model = settings.avatar, settings.live.model
    if avatar.driver == "avatarim" and avatar.avatarim.mode == "visitors-voice":
        tokens = TokenPrices()  # The avatar's own dialogue answers, and Google is not asked.
    else:
        listed = known.models.get(model)
        mine = {name: price for name in TOKEN_PRICES if (price := getattr(own, name))}
        if listed is None:
            listed = _dearest(known)
            if len(mine) < len(TOKEN_PRICES):
                doubts.append(("live.model", f'no price of "{model}" is known'))
        tokens = replace(listed, **mine)
    minute = 0.0
    if avatar.driver != "face":
        minute = own.avatar_minute or known.avatar_minute.get(avatar.driver, 0.0)
        if not minute:
            minute = max(known.avatar_minute.values())
            doubts.append(("avatar.driver", f'no price of "{avatar.driver}" is known'))
    return Prices(tokens, minute, known.date, tuple(doubts))


def _dearest(known: PriceList) -> TokenPrices:
    """The highest price of each kind."""
    every = known.models.values()
    return TokenPrices(*(max(getattr(one, name) for one in every) for name in TOKEN_PRICES))
