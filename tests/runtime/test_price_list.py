"""The price list that is shipped."""

import datetime

from kiosk.core.prices import TOKEN_PRICES
from kiosk.runtime import price_list
from kiosk.settings.layers import load


def test_the_list_is_whole_dated_and_knows_the_default_model() -> None:
    prices = price_list.read()
    assert datetime.date.fromisoformat(prices.date) >= datetime.date(2026, 11, 20)
    settings = load((), (), None).settings
    assert settings.live.model in prices.models
    assert prices.currency == settings.money.currency
    for tokens in prices.models.values():
        assert all(getattr(tokens, name) > 0 for name in TOKEN_PRICES)
    assert all(price > 0 for price in prices.avatar_minute.values())
