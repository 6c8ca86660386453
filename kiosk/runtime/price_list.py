"""The price list that comes with the package, `config/prices.toml`."""

import tomllib

import msgspec

from kiosk.core.prices import PriceList
from kiosk.settings import packaged

PRICE_FILE = "prices.toml"


def read() -> PriceList:
    """All of it."""
    text = packaged.path(PRICE_FILE).read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), PriceList)
