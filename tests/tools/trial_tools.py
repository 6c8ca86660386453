"""Tools for the tests."""

import asyncio
from typing import Any

from kiosk.tools.tool import Tool, ToolUse


async def _works(args: dict[str, Any], use: ToolUse) -> dict[str, Any]:
    return {"args": args, "key": use.key}


def tool(name: str, run=_works, **options: Any) -> Tool:
    """A tool that gives back what it is called with, if it is not told otherwise."""
    return Tool(name, f"Does {name}.", run, **options)


async def nap(delay: float) -> None:
    """Takes its time."""
    await asyncio.sleep(delay)
