"""How the model is told of a tool, and of what came of a call, as its platform and family take it.

Source: Live API, `FunctionDeclaration.behavior`, `FunctionResponse.scheduling`.
"""

from typing import Any, Literal

from kiosk.core.capabilities import capabilities_of
from kiosk.settings.types import LiveSettings
from kiosk.tools.tool import Tool

_LATER = "NON_BLOCKING"
_SCHEDULING = {"later": "WHEN_IDLE", "silent": "SILENT"}
SAY_NOTHING = "Say nothing of this."
"""For a model that cannot be told so by `scheduling`."""


def declaration(tool: Tool, live: LiveSettings) -> dict[str, Any]:
    """How a model is told of a tool.

    Args:
        tool: to be declared.
        live: the platform and the model, which may not take `behavior`, or one of its values alone.
    """
    told: dict[str, Any] = {"name": tool.name, "description": tool.about}
    if tool.parameters is not None:
        told["parameters"] = tool.parameters
    if behavior := _behavior(tool, live):
        told["behavior"] = behavior
    return told


def answered(
    tool: Tool, response: dict[str, Any], live: LiveSettings, place: Literal["beside", "inside"]
) -> tuple[dict[str, Any], str]:
    """What a model is told of a call, and the `scheduling` beside it.

    Args:
        tool: that was called.
        response: what came of it.
        live: the platform and the model.
        place: where `scheduling` goes, beside `response` or into it.
    """
    if _behavior(tool, live) != _LATER:
        silent = tool.answer == "silent"
        return ({**response, "say": SAY_NOTHING} if silent else response), ""
    scheduling = _SCHEDULING.get(tool.answer, "")
    if scheduling and place == "inside":
        return {**response, "scheduling": scheduling}, ""
    return response, scheduling


def _behavior(tool: Tool, live: LiveSettings) -> str:
    capabilities = capabilities_of(live)
    if not capabilities.behavior:
        return ""
    waits = tool.answer == "first"
    wanted = capabilities.behavior if waits else _LATER
    return wanted if wanted in capabilities.family.behaviors else capabilities.behavior
