"""The look-up in what the house has written down, as a tool; it is there where that is much."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from kiosk.knowledge import look_up_tool
from kiosk.knowledge.house_knowledge import LOOK_UP, Knowledge
from kiosk.tools.tool import Tool, ToolSource, ToolUse


def look_up_source(
    knowledge: Callable[[], Knowledge], now: Callable[[], datetime], language: str
) -> ToolSource:
    """A source of this one tool.

    Args:
        knowledge: tells what is known now.
        now: on the house's clock.
        language: of the conversation.
    """

    async def run(args: dict[str, Any], _: ToolUse) -> dict[str, Any]:
        return await asyncio.to_thread(look_up_tool.answer, knowledge(), args, language, now())

    tool = (Tool(LOOK_UP, look_up_tool.ABOUT, run, look_up_tool.PARAMETERS, acts=False),)
    return lambda: tool if knowledge().looks_up else ()
