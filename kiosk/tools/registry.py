"""All tools that the model may call now, by name, and how it is told of them."""

from collections.abc import Sequence
from typing import Any

from kiosk.core.capabilities import capabilities_of
from kiosk.settings.types import LiveSettings
from kiosk.tools.tool import Tool, ToolSource


class ToolRegistry:
    """See the module. Everything belongs to the loop's thread.

    Args:
        live: whom the tools are declared to.
        sources: of tools; where two have one of the same name, the first wins.
    """

    def __init__(self, live: LiveSettings, sources: Sequence[ToolSource]) -> None:
        self._live = live
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


def declaration(tool: Tool, live: LiveSettings) -> dict[str, Any]:
    """How a model is told of a tool. Source: Live API, `FunctionDeclaration`.

    Args:
        tool: to be declared.
        live: the platform and the model. Vertex AI refuses `behavior`; a model that thinks on while
            it talks takes no tool that it would wait for.
    """
    told: dict[str, Any] = {"name": tool.name, "description": tool.about}
    if tool.parameters is not None:
        told["parameters"] = tool.parameters
    if behavior := capabilities_of(live).behavior:
        told["behavior"] = behavior
    return told


def _is(one: object, other: object) -> bool:
    return one is other
