"""The control API by the vendor's own client, whose signature is checked for real."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from kiosk.avatar.cloud.avatarim import control as control_module
from kiosk.avatar.cloud.avatarim.control import AccessKey, Control, ControlApiError
from tests.avatar.cloud.avatarim.conftest import until
from tests.support.avatarim import AvatarIm
from tests.support.avatarim_control import ACCESS_KEY, KEY_SECRET


@pytest.fixture
def cloud() -> Iterator[AvatarIm]:
    with AvatarIm() as cloud:
        yield cloud


def control(cloud: AvatarIm, key: str = ACCESS_KEY) -> Control:
    access = AccessKey.read(key)
    assert access is not None
    return Control("77", "app-1", access, url=cloud.control_url)


async def test_a_life(cloud):
    api = control(cloud)
    instance = await api.start_instance("kiosk-1", "rtmp://relay.example/live/k")
    asked = cloud.actions("StartInstance")[0]
    assert asked["TenantId"] == "77"
    assert json.loads(asked["App"]) == {"AppId": "app-1"}
    assert json.loads(asked["User"]) == {"UserId": "kiosk-1", "UserName": "kiosk-1"}
    assert json.loads(asked["Channel"]) == {
        "Type": "RTMP",
        "ReqConfig": {"url": "rtmp://relay.example/live/k"},
    }
    assert cloud.tokens[instance.token] == instance.session_id
    assert "token" not in repr(instance)
    assert [one.user_id for one in await api.running()] == ["kiosk-1"]

    await api.send_text(
        instance.session_id,
        "Grüß Gott, 你好!",
        code="u-1",
        index=0,
        position="start",
        interrupt=True,
    )
    text = cloud.actions("SendText")[0]
    assert text["Text"] == "Grüß Gott, 你好!"
    assert json.loads(text["StreamExtension"]) == {
        "IsStream": True,
        "Index": 0,
        "Position": "start",
    }
    assert text["Interrupt"].lower() == "true"
    await api.send_command(instance.session_id, "INTERRUPT", "u-1")
    assert cloud.actions("SendCommand")[0]["Code"] == "INTERRUPT"

    await api.stop_instance(instance.session_id)
    assert cloud.instances == {}
    await api.stop_instance(instance.session_id)  # It is no more: that is as good.


@pytest.mark.parametrize("way", ["end", "error", "cancelled inside", "cancelled at the start"])
async def test_an_instance_lasts_as_long_as_its_block(cloud, way):
    inside = asyncio.Event()
    if way == "cancelled at the start":
        cloud.faults.slow_s["StartInstance"] = 0.5

    async def hold() -> None:
        async with control(cloud).instance("mine") as instance:
            assert list(cloud.instances) == [instance.session_id]
            inside.set()
            if way == "error":
                raise RuntimeError("mine")
            if way != "end":
                await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    if way == "cancelled at the start":
        await until(lambda: cloud.actions("StartInstance"))
    else:
        await inside.wait()
    if way.startswith("cancelled"):
        task.cancel()
    await asyncio.wait([task])
    assert len(cloud.actions("StartInstance")) == 1
    assert cloud.instances == {}


class Once(dict[str, str]):
    """A refusal that is given once."""

    def get(self, action: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return self.pop(action, default)


async def test_an_instance_whose_stop_fails_is_stopped_again(cloud, monkeypatch):
    monkeypatch.setattr(control_module, "STOP_RETRY_DELAYS_S", (0.0,))
    async with control(cloud).instance("mine"):
        cloud.faults.refuse = Once(StopInstance="10010500")
    assert len(cloud.actions("StopInstance")) == 2
    assert cloud.instances == {}


async def test_an_instance_that_cannot_be_stopped_is_told(cloud, monkeypatch):
    monkeypatch.setattr(control_module, "STOP_RETRY_DELAYS_S", (0.0, 0.0))
    with pytest.raises(ControlApiError, match="10010500"):
        async with control(cloud).instance("mine"):
            cloud.faults.refuse["StopInstance"] = "10010500"
    assert len(cloud.actions("StopInstance")) == 3


async def test_a_stop_that_fails_is_told(cloud):
    api = control(cloud)
    instance = await api.start_instance("kiosk-1", "")
    cloud.faults.refuse["StopInstance"] = "10010500"
    with pytest.raises(ControlApiError, match="10010500"):
        await api.stop_instance(instance.session_id)


async def test_a_wrong_key_is_final_and_not_shown(cloud):
    with pytest.raises(ControlApiError, match="SignatureDoesNotMatch") as caught:
        await control(cloud, f"{ACCESS_KEY}x").start_instance("kiosk-1", "")
    assert caught.value.final
    assert KEY_SECRET not in str(caught.value)
    assert not cloud.instances


async def test_a_refusal_is_not_final(cloud):
    cloud.faults.refuse["StartInstance"] = "10020002"
    with pytest.raises(ControlApiError, match="10020002 refused") as caught:
        await control(cloud).start_instance("kiosk-1", "")
    assert not caught.value.final


async def test_nobody_there(cloud):
    api = Control("77", "app-1", AccessKey("a", "b"), url="http://127.0.0.1:1")
    with pytest.raises(ControlApiError, match="StartInstance") as caught:
        await api.start_instance("kiosk-1", "")
    assert "127.0.0.1" not in str(caught.value) or "?" not in str(caught.value)


def test_keys_and_tenants():
    assert AccessKey.read("token-alone") is None
    assert AccessKey.read("id:sec:ret") == AccessKey("id", "sec:ret")
    assert "sec" not in repr(AccessKey.read("id:secret"))
    with pytest.raises(ControlApiError, match="tenant_id"):
        Control("seven", "app", AccessKey("a", "b"))
