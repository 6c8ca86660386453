"""What the tests of a concierge that misbehaves share."""

import asyncio
import json
from typing import Any

from .conftest import Concierge
from .visitor import Visitor

PCM = bytes(640)
"""20 ms of silence at 16 kHz."""


def fault(**fields: Any) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["[[fault]]", *lines, ""])


async def ask(visitor: Visitor) -> None:
    await visitor.say(PCM * 20)
    await visitor.until("turnComplete")


async def recorded(concierge: Concierge, visitor: Visitor) -> list[dict[str, Any]]:
    """The turns of a visitor whose line has just ended."""
    async with asyncio.timeout(5):
        while True:
            there = (concierge.record / "turns.jsonl").exists()
            if there and (turns := concierge.turns(visitor.session)):
                return turns
            await asyncio.sleep(0.02)


def struck(concierge: Concierge) -> list[str]:
    lines = (concierge.record / "faults.jsonl").read_text().splitlines()
    return [json.loads(line)["fault"] for line in lines]
