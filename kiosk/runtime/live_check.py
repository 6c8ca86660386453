"""Whether the chosen platform and model take what the settings say."""

from collections.abc import Iterator
from operator import attrgetter

from kiosk.core import capabilities
from kiosk.errors import ConfigError
from kiosk.settings.checks import shortened
from kiosk.settings.findings import Finding
from kiosk.settings.layers import Loaded
from kiosk.settings.types import Settings


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `[live]`. Of a model that is not known, it is only a guess."""
    known = capabilities.capabilities_of(settings.live).known
    for one in capabilities.refusals(settings.live):
        value = shortened(attrgetter(one.key)(settings))
        if known:
            yield Finding(one.key, f"{value} cannot be used: {one.why}", one.remedy)
        else:
            yield Finding(one.key, f"{value}: perhaps {one.why}", one.remedy, "warning")
    for one in capabilities.doubts(settings.live):
        yield Finding(one.key, one.why, one.remedy, "warning")


def refuse(loaded: Loaded) -> None:
    """Let nobody dial with what the service would refuse.

    Raises:
        ConfigError: with a line for each setting.
    """
    lines = [
        f"{loaded.place(found.where, 'live.model')}: {found.where}: {found.what}. {found.remedy}"
        for found in judge(loaded.settings)
        if found.severity == "error"
    ]
    if lines:
        raise ConfigError("\n".join(lines))
