"""All tools that the model may call now, by name, and how it is told of them."""

from collections.abc import Sequence
from typing import Any, Literal

from kiosk.settings.types import LiveSettings
from kiosk.tools.declarations import answered, declaration
from kiosk.tools.tool import Tool, ToolSource


class ToolRegistry:
    """See the module. Everything belongs to the loop's thread.

    Args:
        live: whom the tools are declared to.
        sources: of tools; where two have one of the same name, the first wins.
        scheduling: where it goes in an answer, `beside` the response or `inside` it.
    """

    def __init__(
        self,
        live: LiveSettings,
        sources: Sequence[ToolSource],
        scheduling: Literal["beside", "inside"] = "beside",
    ) -> None:
        self._live = live
        self._scheduling: Literal["beside", "inside"] = scheduling
        self._sources = sources
        self._told: tuple[tuple[Tool, ...], ...] = ()
        self._tools: dict[str, Tool] = {}
        self._functions: tuple[dict[str, Any], ...] = ()

    def functions(self) -> tuple[dict[str, Any], ...]:
        """Declarations for a setup; the same tuple again while nothing has changed."""
        self._follow()
        return self._functions

    def tools(self) -> tuple[Tool, ...]:
        """Those that can be called now."""
        self._follow()
        return tuple(self._tools.values())

    def answered(self, tool: Tool, response: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """What the model is told of a call, and the `scheduling` beside it."""
        return answered(tool, response, self._live, self._scheduling)

    def find(self, name: str) -> Tool | None:
        """The tool of that name, if there is one now."""
        self._follow()
        return self._tools.get(name)

    def _follow(self) -> None:
        told = tuple(source() for source in self._sources)
        if len(told) == len(self._told) and all(map(_is, told, self._told)):
            return
        self._told = told
        # Backwards, so that the first of a name is written last.
        by_name = {tool.name: tool for tools in reversed(told) for tool in reversed(tools)}
        self._tools = dict(reversed(by_name.items()))
        self._functions = tuple(declaration(tool, self._live) for tool in self._tools.values())


def _is(one: object, other: object) -> bool:
    return one is other
