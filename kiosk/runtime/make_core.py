"""The core of a kiosk, made of its settings."""

import logging
import random

from kiosk.audio import wav
from kiosk.core.overlays import Mistake
from kiosk.core.prices import prices_of
from kiosk.core.reply_sound import Resampler
from kiosk.core.step import Core
from kiosk.display import content
from kiosk.runtime import price_list
from kiosk.runtime.greeting import greeting
from kiosk.settings import packaged
from kiosk.settings.types import Settings

log = logging.getLogger("kiosk")

HINTS = {"keyboard": "space", "none": "none"}
"""How to talk here, by the source of the button; see `Scene.hint`."""


def make_core(settings: Settings, mistake: Mistake | None = None) -> Core:
    """A core that has not begun.

    Args:
        settings: those in force.
        mistake: what is wrong with the settings that were asked for, where these are others.
    """
    showing = content.showing(settings.screen, settings.live.language)
    showing.mistake = mistake
    prices = prices_of(settings, price_list.read())
    for key, doubt in prices.doubts:
        log.warning("%s: %s, counting the dearest that is known. Set [money.prices]", key, doubt)
    return Core(
        settings,
        random.random,
        hint=HINTS.get(settings.button.source, "button"),
        apology=apology(settings.live.language),
        greeting=greeting(settings.visit.greeting),
        showing=showing,
        resampler=_resampler,
        prices=prices,
    )


def apology(language: str) -> bytes:
    """What is said when the service does not answer: PCM s16le mono 24 kHz, empty where untold.

    Args:
        language: BCP-47 tag of the conversation.
    """
    recording = packaged.path(f"apology/{language.partition('-')[0].lower()}.wav")
    try:
        return wav.inspect(recording).pcm()
    except FileNotFoundError:
        return b""  # The screen still says it.


def _resampler(rate_hz: int) -> Resampler:
    from kiosk.audio.process.convert import ToReply  # Numpy comes with it, and is seldom needed.

    return ToReply(rate_hz)
