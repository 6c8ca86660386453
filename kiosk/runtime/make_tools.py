"""The tools of a kiosk, made of its settings and parts."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from kiosk.tools.mcp_server import McpServer


def expressions_of(pack: str) -> tuple[str, ...]:
    """Names of the expressions that a face's pack offers; reads it.

    Numpy comes with it, and the start of the kiosk does not wait for that.
    """
    from kiosk.avatar.face import pack as packs

    return tuple(packs.expressions(pack))


def _servers(settings: Settings) -> "list[McpServer]":
    """The MCP servers of the settings; without any, nothing of the client is loaded."""
    if not any(one.mcp or one.command for one in settings.tools.own.values()):
        return []
    from kiosk.tools.mcp_server import servers_of
    from kiosk.tools.tool_faults import faults

    return servers_of(settings.tools.own, tuple(faults(settings)))


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
        self._servers = _servers(settings)
        self._following: list[asyncio.Task[None]] = []
        sources = [lambda: own, looking_up, *(server.tools for server in self._servers)]
        self.registry = ToolRegistry(settings.live, sources, settings.tools.scheduling)
        briefing.functions = self.registry.functions
        self._in_visit = False
        self._once = OnceLog(runtime_dir)
        self._runner = ToolRunner(self.registry, self._once, post)

    async def open(self) -> None:
        """Take what the tools need."""
        await self._configured.open()
        self._following = [asyncio.create_task(one.run()) for one in self._servers]

    async def look(self) -> None:
        """Ask the MCP servers once what they have, and wait for that."""
        await asyncio.gather(*(server.look() for server in self._servers))

    def obey(self, outputs: Outputs) -> None:
        """Begin what the model calls for, and let go of what nobody waits for."""
        self._runner.obey(outputs.calls)
        if outputs.snapshot_due:
            if self._in_visit and outputs.snapshot is None:
                self._once.clear()  # The visit is over, and its calls with it.
            self._in_visit = outputs.snapshot is not None

    async def close(self, *, keep: bool) -> None:
        """Give it back.

        Args:
            keep: the next daemon goes on with the visit, whose calls may come again.
        """
        self._configured.close()
        for task in self._following:
            task.cancel()
        if not keep:
            self._once.clear()
        await asyncio.gather(*(server.close() for server in self._servers))
