"""The tools of a kiosk, made of its settings and parts."""

from collections.abc import Callable
from pathlib import Path

from kiosk.core.inputs import Input
from kiosk.core.step import Outputs
from kiosk.display import content
from kiosk.runtime.briefing import Briefing
from kiosk.settings.types import Settings
from kiosk.tools.built_in import BuiltInTools
from kiosk.tools.configured import ConfiguredTools
from kiosk.tools.look_up import look_up_source
from kiosk.tools.once_log import OnceLog
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
        runtime_dir: where it is noted what was begun.
        post: takes what comes of it, as an input of the core.
    """

    def __init__(
        self,
        settings: Settings,
        briefing: Briefing,
        runtime_dir: Path,
        post: Callable[[Input], None],
    ) -> None:
        self._configured = ConfiguredTools(settings, post)
        pack = settings.avatar.pack
        shows = {"show_image", "show_map"} & {*settings.tools.builtin}
        pictures = content.pictures(Path(settings.screen.content)) if shows else ()
        kiosks_own = BuiltInTools(post, lambda: expressions_of(pack), pictures, briefing.now)
        own = (*kiosks_own.tools(settings.tools.builtin), *self._configured.tools)
        language = settings.live.language
        looking_up = look_up_source(lambda: briefing.knowledge, briefing.now, language)
        self.registry = ToolRegistry(settings.live, [lambda: own, looking_up])
        briefing.functions = self.registry.functions
        self._in_visit = False
        self._once = OnceLog(runtime_dir)
        self._runner = ToolRunner(self.registry, self._once, post)

    async def open(self) -> None:
        """Take what the tools need."""
        await self._configured.open()

    def obey(self, outputs: Outputs) -> None:
        """Begin what the model calls for, and let go of what nobody waits for."""
        self._runner.obey(outputs.calls)
        if outputs.snapshot_due:
            if self._in_visit and outputs.snapshot is None:
                self._once.clear()  # The visit is over, and its calls with it.
            self._in_visit = outputs.snapshot is not None

    def close(self, *, keep: bool) -> None:
        """Give it back.

        Args:
            keep: the next daemon goes on with the visit, whose calls may come again.
        """
        self._configured.close()
        if not keep:
            self._once.clear()
