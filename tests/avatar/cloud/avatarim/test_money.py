"""What AvatarIM costs: no instance is left running, whatever goes wrong."""

import asyncio
import sys

from kiosk.avatar.cloud import session_stopper
from kiosk.avatar.cloud.avatarim import control
from kiosk.avatar.cloud.avatarim.account import user_id
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.interface import Ready
from tests.avatar.cloud.avatarim.conftest import until
from tests.support.avatarim import Instance
from tests.support.avatarim_control import ACCESS_KEY


class TestMoney:
    async def test_cancelled_half_way_it_leaves_nothing(self, cloud, stage):
        cloud.faults.slow_s["StartInstance"] = 0.4
        it = stage()
        opening = asyncio.create_task(it.open())
        await until(lambda: cloud.instances)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await it.driver.close()
        assert cloud.instances == {}
        assert it.left() == []
        assert Ready() not in it.told

    async def test_closed_while_it_opens(self, cloud, stage):
        cloud.faults.slow_s["StartInstance"] = 0.3
        it = stage()
        opening = asyncio.create_task(it.open())
        await until(lambda: cloud.instances)
        await it.driver.close()
        await opening
        assert cloud.instances == {}
        assert it.told == []

    async def test_a_stop_that_fails_is_tried_without_end(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(session_stopper, "RETRY_DELAYS_S", (0.02, 0.02))
        it = stage()
        await it.open()
        cloud.faults.refuse["StopInstance"] = "10010500"
        await it.driver.close()
        await until(lambda: len(cloud.actions("StopInstance")) > 5)
        assert cloud.instances
        assert len(it.left()) == 1
        cloud.faults.refuse.clear()
        await until(lambda: not cloud.instances and not it.left())

    async def test_the_next_visitor_is_a_reason_to_stop_it(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(session_stopper, "RETRY_DELAYS_S", (60.0,))
        it = stage()
        await it.open()
        cloud.faults.refuse["StopInstance"] = "10010500"
        await it.driver.close()
        costs = list(cloud.instances)
        cloud.faults.refuse.clear()
        await it.open()
        await until(lambda: not set(costs) & set(cloud.instances))

    async def test_a_start_that_was_never_answered_leaves_nothing(self, cloud, stage, monkeypatch):
        """Its answer is late, or lost: nobody told us the instance's id."""
        monkeypatch.setattr(control, "READ_MS", 200)
        monkeypatch.setattr(session_stopper, "LIST_DELAYS_S", (0.0, 0.3, 1.0))
        cloud.faults.slow_s["StartInstance"] = 0.5
        cloud.instances["another-kiosk"] = Instance("another-kiosk", "c", "kiosk-2", "")
        it = stage()
        await it.open()
        assert "Read timed out" in it.lost()[0].reason
        await until(lambda: list(cloud.instances) == ["another-kiosk"])
        await until(lambda: not it.left())

    async def test_a_second_one_is_looked_for_at_once(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(control, "READ_MS", 200)
        monkeypatch.setattr(session_stopper, "LIST_DELAYS_S", (0.0, 60.0))
        cloud.faults.slow_s["StartInstance"] = 0.5
        it = stage()
        for times in (1, 2):
            await it.open()
            await until(lambda times=times: len(cloud.actions("StopInstance")) == times)
            await it.driver.close()
        assert cloud.instances == {}

    async def test_a_look_that_fails_is_made_again(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(control, "READ_MS", 200)
        monkeypatch.setattr(session_stopper, "LIST_DELAYS_S", (0.0,))
        monkeypatch.setattr(session_stopper, "LIST_RETRY_S", 0.05)
        cloud.faults.slow_s["StartInstance"] = 0.5
        cloud.faults.refuse["QueryRunningInstance"] = "Throttling"
        it = stage()
        await it.open()
        await until(lambda: len(cloud.actions("QueryRunningInstance")) > 2)
        assert cloud.instances
        cloud.faults.refuse.clear()
        await until(lambda: not cloud.instances)

    async def test_a_start_that_was_refused_is_looked_for_nowhere(self, cloud, stage):
        cloud.faults.refuse["StartInstance"] = "10010500"
        it = stage()
        await it.open()
        await asyncio.sleep(0.1)
        assert not cloud.actions("QueryRunningInstance")

    async def test_a_look_does_not_stop_the_next_session(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(control, "READ_MS", 200)
        monkeypatch.setattr(session_stopper, "LIST_DELAYS_S", (0.0, *(0.05 for _ in range(10))))
        cloud.faults.slow_s["StartInstance"] = 0.5
        it = stage()
        await it.open()
        cloud.faults.slow_s["StartInstance"] = 0.1
        await it.driver.close()
        await it.open()
        await until(lambda: not it.driver.in_doubt)
        assert list(cloud.instances) == [entry.session for entry in it.left()]
        assert len(cloud.instances) == 1

    async def test_each_is_stopped_under_the_tenant_that_it_was_started_for(self, cloud, stage):
        it = stage()
        it.journal.write(Entry("avatarim", "S", 1.0, {"tenant": "12", "app": "app-0"}))
        it.journal.write(Entry("avatarim", "T", 2.0))
        await it.driver.reap()
        tenants = {one["SessionId"]: one["TenantId"] for one in cloud.actions("StopInstance")}
        assert tenants == {"S": "12", "T": "77"}

    async def test_a_second_close_waits_for_the_first(self, cloud, stage):
        cloud.faults.slow_s["StopInstance"] = 0.3
        it = stage()
        await it.open()
        closing = asyncio.create_task(it.driver.close())
        await asyncio.sleep(0.05)
        closing.cancel()
        await it.driver.close()
        assert not it.left()

    async def test_what_a_power_cut_left_is_reaped(self, cloud, stage):
        cloud.instances = {
            one.session_id: one
            for one in (
                Instance("journalled", "a", user_id(), ""),
                Instance("never-answered", "b", user_id(), ""),
                Instance("another-kiosk", "c", "kiosk-2", ""),
            )
        }
        it = stage()
        it.journal.write(Entry("avatarim", "journalled", 1.0))
        it.journal.write(Entry("avatarim", "long-gone", 2.0))
        it.journal.write(Entry("heygen", "not-ours", 3.0))
        await it.driver.reap()
        assert list(cloud.instances) == ["another-kiosk"]
        assert it.left() == []
        assert len(it.journal.orphans("heygen")) == 1

    async def test_reaping_without_a_key_or_a_line_breaks_nothing(self, stage, monkeypatch, caplog):
        it = stage("", control_url="http://127.0.0.1:1")
        it.journal.write(Entry("avatarim", "S", 1.0))
        await it.driver.reap()
        assert "may still cost" in caplog.text
        monkeypatch.setenv("AVATARIM_TOKEN", ACCESS_KEY)
        await it.driver.reap()
        assert len(it.left()) == 1


KILLED = """
import asyncio, sys
from pathlib import Path
from kiosk.avatar.cloud.avatarim.driver import AvatarIm
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.settings.types import AvatarimSettings

async def main():
    settings = AvatarimSettings(
        mode="voice-of-gemini", url="", app_id="app-1", tenant_id="77", session_id="",
        format="pcm", sample_rate=16_000,
        video_url="rtmp://127.0.0.1:1/x", push_url="", control_url=sys.argv[1],
    )
    await AvatarIm(settings, SessionJournal(Path(sys.argv[2]))).open(print)
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_killed_in_mid_session_it_is_stopped_at_the_next_start(cloud, stage, tmp_path):
    it = stage()
    command = [sys.executable, "-c", KILLED, cloud.control_url, str(tmp_path / "sessions")]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    assert len(cloud.instances) == 1
    process.kill()
    await process.wait()
    assert len(it.left()) == 1
    async with asyncio.timeout(5):
        await it.driver.reap()
    assert cloud.instances == {}
    assert it.left() == []
