"""The tools of a kiosk, made of its settings and parts."""

from kiosk.runtime.briefing import Briefing
from kiosk.settings.types import Settings
from kiosk.tools.look_up import look_up_source
from kiosk.tools.registry import ToolRegistry


def make_registry(settings: Settings, briefing: Briefing) -> ToolRegistry:
    """All tools that the model may call.

    Args:
        settings: of the kiosk.
        briefing: what is known, and the house's clock.
    """
    language = settings.live.language
    looking_up = look_up_source(lambda: briefing.knowledge, briefing.now, language)
    return ToolRegistry(settings.live, [looking_up])
