"""Whether what talking costs is known, and the caps on it can do their work."""

from collections.abc import Iterator

from kiosk.core.prices import prices_of
from kiosk.runtime import price_list
from kiosk.settings.findings import Finding
from kiosk.settings.types import Settings


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `[money]`."""
    for key, doubt in prices_of(settings, price_list.read()).doubts:
        yield Finding(
            key, f"{doubt}; the dearest that is known counts for its caps",
            "Write what you pay into [money.prices]", "warning",
        )  # fmt: skip
    money = settings.money
    for which, soft, hard in (
        ("daily", money.daily_soft, money.daily_hard),
        ("monthly", money.monthly_soft, money.monthly_hard),
    ):
        if hard and soft >= hard:
            yield Finding(
                f"money.{which}_soft",
                f"{soft:g} is not below the hard one, {hard:g}: it does nothing",
                "Make it smaller, or 0 for none", "warning",
            )  # fmt: skip
