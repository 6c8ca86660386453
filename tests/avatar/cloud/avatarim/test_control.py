"""The control API by the vendor's own client, whose signature is checked for real."""

import json
from collections.abc import Iterator

import pytest

from kiosk.avatar.cloud.avatarim.control import AccessKey, Control, ControlError
from tests.support.avatarim import AvatarIm
from tests.support.avatarim_control import ACCESS_KEY, KEY_SECRET


@pytest.fixture
def cloud() -> Iterator[AvatarIm]:
    with AvatarIm() as cloud:
        yield cloud


def control(cloud: AvatarIm, key: str = ACCESS_KEY) -> Control:
    access = AccessKey.read(key)
    assert access is not None
    return Control(cloud.control_url, "77", "app-1", access)


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


async def test_a_stop_that_fails_is_told(cloud):
    api = control(cloud)
    instance = await api.start_instance("kiosk-1", "")
    cloud.faults.refuse["StopInstance"] = "10010500"
    with pytest.raises(ControlError, match="10010500"):
        await api.stop_instance(instance.session_id)


async def test_a_wrong_key_is_final_and_not_shown(cloud):
    with pytest.raises(ControlError, match="SignatureDoesNotMatch") as caught:
        await control(cloud, f"{ACCESS_KEY}x").start_instance("kiosk-1", "")
    assert caught.value.final
    assert KEY_SECRET not in str(caught.value)
    assert not cloud.instances


async def test_a_refusal_is_not_final(cloud):
    cloud.faults.refuse["StartInstance"] = "10020002"
    with pytest.raises(ControlError, match="10020002 refused") as caught:
        await control(cloud).start_instance("kiosk-1", "")
    assert not caught.value.final


async def test_nobody_there(cloud):
    api = Control("http://127.0.0.1:1", "77", "app-1", AccessKey("a", "b"))
    with pytest.raises(ControlError, match="StartInstance") as caught:
        await api.start_instance("kiosk-1", "")
    assert "127.0.0.1" not in str(caught.value) or "?" not in str(caught.value)


def test_keys_and_tenants():
    assert AccessKey.read("token-alone") is None
    assert AccessKey.read("id:sec:ret") == AccessKey("id", "sec:ret")
    assert "sec" not in repr(AccessKey.read("id:secret"))
    with pytest.raises(ControlError, match="tenant_id"):
        Control("", "seven", "app", AccessKey("a", "b"))
