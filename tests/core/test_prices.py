"""Which prices count: the list's, the house's own, the dearest that is known."""

import pytest

from kiosk.core.prices import PriceList, Prices, TokenPrices, prices_of
from kiosk.settings.layers import load

CHEAP, DEAR = TokenPrices(1, 2, 3, 4, 5), TokenPrices(2, 4, 1, 8, 10)
LIST = PriceList("2026-11-20", "US$", {"cheap": CHEAP, "dear": DEAR}, {"liveavatar": 0.1})


def prices(*settings: str) -> Prices:
    return prices_of(load((), settings, None).settings, LIST)


def test_a_known_model_costs_what_the_list_says() -> None:
    assert prices("live.model=cheap") == Prices(CHEAP, 0.0, "2026-11-20")


def test_an_unknown_model_costs_the_dearest_of_each_kind_and_is_told() -> None:
    unknown = prices("live.model=new")
    assert unknown.tokens == TokenPrices(2, 4, 3, 8, 10)
    assert unknown.doubts == (("live.model", 'no price of "new" is known'),)


def test_own_prices_win_one_by_one() -> None:
    own = prices("live.model=cheap", "money.prices.audio_out=9.5")
    assert own.tokens == TokenPrices(1, 2, 3, 4, 9.5)
    every = [f"money.prices.{name}=7" for name in TokenPrices.__struct_fields__]
    assert prices("live.model=new", *every).doubts == ()


@pytest.mark.parametrize(
    ("driver", "minute", "doubts"), [("face", 0.0, 0), ("liveavatar", 0.1, 0), ("heygen", 0.1, 1)]
)
def test_an_avatar_costs_by_the_minute(driver: str, minute: float, doubts: int) -> None:
    of_avatar = prices("live.model=cheap", f"avatar.driver={driver}")
    assert (of_avatar.avatar_minute, len(of_avatar.doubts)) == (minute, doubts)


def test_an_avatar_that_answers_by_itself_costs_no_tokens() -> None:
    own = prices("avatar.driver=avatarim", "avatar.avatarim.mode=visitors-voice")
    assert own.tokens == TokenPrices()
