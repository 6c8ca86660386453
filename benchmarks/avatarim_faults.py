"""How soon AvatarIM's faults are known: `python -m benchmarks.avatarim_faults`.

The real driver, receiver and vendor's client against the stand-in and a publisher in a process of
its own. Known is when the driver tells, or when its picture is older than the stage bears.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.report import Table, text
from kiosk.avatar.cloud.avatarim.driver import AvatarIm
from kiosk.avatar.cloud.avatarim.im_protocol import READY_TIMEOUT_S
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.interface import PICTURE_STALL_S, AvatarEvent, Lost, Ready
from kiosk.settings.types import AvatarimSettings
from tests.support.avatarim import AvatarIm as Cloud
from tests.support.avatarim_control import ACCESS_KEY
from tests.support.publisher import Publisher

TITLES = ["fault", "mode", "known by", "ms", "billed, s", "counted, s", "instances left"]
LIMIT_S = READY_TIMEOUT_S + 10
MODES = ("voice-of-gemini", "visitors-voice")


class Fault(NamedTuple):
    name: str
    modes: tuple[str, ...]
    prepare: Callable[[Cloud], None] | None = None
    """Before it is opened; else it is struck while it is ready."""
    strike: Callable[[Cloud, Publisher, AvatarIm], None] | None = None


def _refuse(action: str, code: str) -> Callable[[Cloud], None]:
    return lambda cloud: cloud.faults.refuse.update({action: code})


def _say(cloud: Cloud, publisher: Publisher, avatar: AvatarIm) -> None:
    cloud.faults.refuse["SendText"] = "10010500"
    avatar.feed_text(1, "Good morning, and welcome. ")


def _set(**faults: Any) -> Callable[[Cloud], None]:
    def prepare(cloud: Cloud) -> None:
        for name, value in faults.items():
            setattr(cloud.faults, name, value)

    return prepare


FAULTS = (
    Fault("StartInstance refused", MODES, _refuse("StartInstance", "10020002")),
    Fault("access key refused", MODES, _refuse("StartInstance", "InvalidAccessKeyId.NotFound")),
    Fault("token refused by the socket", MODES[1:], _set(http_status=401)),
    Fault("the socket never says hello", MODES[1:], _set(no_hello=True)),
    Fault("the socket breaks at each start", MODES[1:], _set(drop_at="start")),
    Fault("start result failed", MODES[1:], _set(start="failed")),
    Fault("no start result", MODES[1:], _set(start="never")),
    Fault("SendText refused", MODES[:1], None, _say),
    Fault("kicked out", MODES[1:], None, lambda cloud, *_: cloud.close_with("CONNECTION_KICK_OUT")),
    Fault("frames stop, the line lives", MODES, None, lambda _, publisher, __: publisher.freeze()),
    Fault("the publisher dies", MODES, None, lambda _, publisher, __: publisher.die()),
)


async def measured(fault: Fault, mode: Any) -> list[str]:
    """Strike once."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        Cloud() as cloud,
        Publisher("serve") as publisher,
    ):
        video_url = publisher.address() + "/live.flv"
        journal = SessionJournal(Path(scratch))
        settings = AvatarimSettings(
            mode, cloud.url, "app", "77", "", "pcm", 16_000, video_url, "", cloud.control_url
        )
        avatar = AvatarIm(settings, journal)
        told: list[AvatarEvent] = []
        if fault.prepare is not None:
            fault.prepare(cloud)
            began_s = time.monotonic()
            opening = asyncio.create_task(avatar.open(told.append))
        else:
            opening = asyncio.create_task(avatar.open(told.append))
            await _until(lambda: Ready() in told)
            await asyncio.sleep(0.5)
            began_s = time.monotonic()
            assert fault.strike is not None
            fault.strike(cloud, publisher, avatar)

        def lost() -> bool:
            return any(isinstance(one, Lost) for one in told)

        def old() -> bool:
            return bool(PICTURE_STALL_S < avatar.frame_age_s(time.monotonic()) < float("inf"))

        await _until(lambda: lost() or old())
        took_ms = (time.monotonic() - began_s) * 1e3
        how = "told" if lost() else "age of the picture"
        await opening
        await avatar.close()
        await _until(lambda: not journal.open)
        journal.count()
        return [
            fault.name,
            mode,
            how,
            f"{took_ms:.0f}",
            f"{cloud.billed_s:.1f}",
            f"{journal.spent_s:.1f}",
            str(len(cloud.instances)),
        ]


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S * 3):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def main() -> None:
    """Print the table."""
    os.environ["AVATARIM_TOKEN"] = ACCESS_KEY
    found = [await measured(fault, mode) for fault in FAULTS for mode in fault.modes]
    print(text(Table(TITLES, found)))


if __name__ == "__main__":
    asyncio.run(main())
