"""The tools of a kiosk, made of its settings and parts."""

from collections.abc import Callable, Sequence

from kiosk.core.events import Call
from kiosk.core.inputs import Input
from kiosk.runtime.briefing import Briefing
from kiosk.settings.types import Settings
from kiosk.tools.built_in import BuiltInTools
from kiosk.tools.configured import ConfiguredTools
from kiosk.tools.look_up import look_up_source
from kiosk.tools.registry import ToolRegistry
from kiosk.tools.tool_runner import ToolRunner


def expressions_of(pack: str) -> tuple[str, ...]:
    """Names of the expressions that a face's pack offers; reads it.

    Numpy comes with it, and the start of the kiosk does not wait for that.
    """
    from kiosk.avatar.face import pack as packs

    return tuple(packs.expressions(pack))


class KioskTools:
    """All tools that the model may call, and who carries the calls out.

    Args:
        settings: of the kiosk.
        briefing: what is known, and the house's clock; is told what can be called.
        post: takes what comes of it, as an input of the core.
    """

    def __init__(
        self, settings: Settings, briefing: Briefing, post: Callable[[Input], None]
    ) -> None:
        self._configured = ConfiguredTools(settings, post)
        pack = settings.avatar.pack
        kiosks_own = BuiltInTools(post, lambda: expressions_of(pack), briefing.now)
        own = (*kiosks_own.tools(settings.tools.builtin), *self._configured.tools)
        language = settings.live.language
        looking_up = look_up_source(lambda: briefing.knowledge, briefing.now, language)
        registry = ToolRegistry(settings.live, [lambda: own, looking_up])
        briefing.functions = registry.functions
        self._runner = ToolRunner(registry, post)

    async def open(self) -> None:
        """Take what the tools need."""
        await self._configured.open()

    def obey(self, calls: Sequence[Call]) -> None:
        """Begin what the model calls for, and let go of what nobody waits for."""
        self._runner.obey(calls)

    def close(self) -> None:
        """Give it back."""
        self._configured.close()
