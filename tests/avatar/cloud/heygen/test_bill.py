"""Processes that are killed at any moment: what is counted is what the vendor bills, or more."""

import asyncio
import contextlib
import random
import sys
from pathlib import Path

import msgspec
import pytest

from kiosk.avatar.cloud.meter import Cost
from tests.avatar.cloud.heygen.conftest import PRODUCTS, reached
from tests.support.heygen import StandIn

KIOSK = """
import asyncio, random, sys
from pathlib import Path
from kiosk.avatar.cloud import session_stopper
from kiosk.avatar.cloud.journal import SessionJournal
from tests.avatar.cloud.heygen.conftest import Talker

class Service:
    url = sys.argv[2]

session_stopper.LIST_DELAYS_S = (0.0, 0.2, 0.5)

async def main():
    folder = Path(sys.argv[3])
    journal = SessionJournal(folder / "sessions", folder / "cost.json")
    talker = Talker(sys.argv[1], Service, journal)
    dice = random.Random(int(sys.argv[4]))
    print("up", flush=True)
    await talker.avatar.reap()
    while dice.random() < float(sys.argv[5]):
        if talker.avatar.in_doubt:
            await asyncio.sleep(0.05)
            continue
        await talker.open()
        for _ in range(dice.randrange(20)):
            journal.count()
            talker.avatar.extend_session()
            await asyncio.sleep(0.05)
        await talker.avatar.close()
    while journal.open:
        journal.count()
        await asyncio.sleep(0.05)

asyncio.run(main())
"""


async def kiosk(product: str, service: StandIn, folder: Path, seed: int, *, visits: float):
    words = [product, service.url, str(folder), str(seed), str(visits)]
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", KIOSK, *words], stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    return process


async def compare(product: str, service: StandIn, folder: Path, seed: int, kills: int) -> None:
    dice = random.Random(seed)
    opening = {"heygen": "new", "liveavatar": "token"}[product]
    for n in range(kills):
        service.hangs_s = {opening: dice.choice([0.0, 0.0, 0.4])}
        if dice.random() < 0.3:
            service.refuse("stop", 503)
        process = await kiosk(product, service, folder, 1000 * seed + n, visits=0.9)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), dice.uniform(0.3, 3.0))
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    service.hangs_s = {}
    service.refuse_no_more()
    last = await kiosk(product, service, folder, seed, visits=0.0)
    assert await asyncio.wait_for(last.wait(), 60) == 0
    await reached(lambda: not service.open_sessions)
    counted_s = msgspec.json.decode((folder / "cost.json").read_bytes(), type=Cost).seconds
    billed_s = sum(session.billed_s for session in service.sessions)
    assert service.sessions, "there was something to count"
    assert counted_s >= billed_s - 0.1 * len(service.sessions)
    assert counted_s <= billed_s + 60 * len(service.sessions)


@pytest.mark.parametrize("product", PRODUCTS)
async def test_killed_three_times(product: str, service: StandIn, tmp_path: Path) -> None:
    await compare(product, service, tmp_path, 1, kills=3)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("product", PRODUCTS)
async def test_killed_fifty_times(product: str, service: StandIn, tmp_path: Path) -> None:
    await compare(product, service, tmp_path, 2, kills=50)
