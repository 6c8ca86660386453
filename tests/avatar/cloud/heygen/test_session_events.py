"""The vendor's events as typed ones, and who hears of them. No network."""

import asyncio
import gc
import weakref

import pytest

from kiosk.avatar.cloud.heygen import (
    AvatarEndMessage,
    AvatarStartTalking,
    AvatarStopTalking,
    AvatarTalkingMessage,
    ClientEvent,
    UserEndMessage,
    UserSilence,
    UserStart,
    UserStop,
    UserTalkingMessage,
    VendorEvent,
)
from kiosk.avatar.cloud.heygen.session_events import event_of
from kiosk.avatar.cloud.heygen.subscriptions import Channel, EventListeners


@pytest.mark.parametrize(
    ("raw", "event"),
    [
        ({"type": "avatar_start_talking", "task_id": "t"}, AvatarStartTalking(task_id="t")),
        (
            {"type": "avatar_stop_talking", "task_id": "t", "duration_ms": 2100},
            AvatarStopTalking(task_id="t", duration_s=2.1),
        ),
        (
            {"type": "avatar_talking_message", "task_id": "t", "message": "Good"},
            AvatarTalkingMessage(task_id="t", message="Good"),
        ),
        ({"type": "avatar_end_message", "task_id": "t"}, AvatarEndMessage(task_id="t")),
        ({"type": "user_talking_message", "message": "Hi"}, UserTalkingMessage(message="Hi")),
        ({"type": "user_end_message", "task_id": "t"}, UserEndMessage(task_id="t")),
        ({"event_type": "user_start"}, UserStart()),
        ({"event_type": "user_stop"}, UserStop()),
        (
            {"event_type": "user_silence", "silence_times": 2, "count_down": 9},
            UserSilence(silence_times=2, count_down=9),
        ),
        ({"event_type": "avatar.speak_started"}, AvatarStartTalking()),
        ({"event_type": "avatar.speak_ended"}, AvatarStopTalking()),
        (
            {"event_type": "avatar.transcription.chunk", "text": "Good"},
            AvatarTalkingMessage(message="Good"),
        ),
        (
            {"event_type": "avatar.transcription", "text": "Good."},
            AvatarEndMessage(message="Good."),
        ),
        ({"event_type": "user.speak_started"}, UserStart()),
        ({"event_type": "user.speak_ended"}, UserStop()),
        ({"event_type": "user.transcription.chunk", "text": "H"}, UserTalkingMessage(message="H")),
        ({"event_type": "user.transcription", "text": "Hi"}, UserEndMessage(message="Hi")),
        ({"type": "agent.speak_started"}, AvatarStartTalking()),
        ({"type": "agent.speak_ended"}, AvatarStopTalking()),
        ({"type": "agent.speak_interrupted"}, AvatarStopTalking()),
        ({"type": "agent.state_updated", "new_state": "talking"}, AvatarStartTalking()),
        (
            {"type": "agent.state_updated", "previous_state": "talking", "new_state": "idle"},
            AvatarStopTalking(),
        ),
        (
            {"type": "agent.state_updated", "previous_state": "idle", "new_state": "listening"},
            VendorEvent(type="agent.state_updated"),
        ),
        ({"type": "something.new"}, VendorEvent(type="something.new")),
        ({"type": ["odd"]}, VendorEvent(type="")),
        (
            {"type": "avatar_stop_talking", "task_id": 7, "duration_ms": "long"},
            AvatarStopTalking(),
        ),
    ],
)
def test_each_event_of_the_vendor(raw: dict, event: ClientEvent) -> None:
    found = event_of(raw)
    assert type(found) is type(event)
    assert found.raw == raw
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "raw"}
    assert fields == {name: getattr(found, name) for name in fields}


async def test_plain_and_coroutine_callbacks_and_iterators_hear_the_same(caplog) -> None:
    listeners = EventListeners()
    plain: list[ClientEvent] = []
    later: list[ClientEvent] = []

    async def hear(event: UserStart) -> None:
        await asyncio.sleep(0)
        later.append(event)

    def broken(event: ClientEvent) -> None:
        raise ZeroDivisionError

    listeners.on(ClientEvent, broken)
    listeners.on(ClientEvent, plain.append)
    listeners.on(UserStart, hear)
    listeners.on(UserStart, hear)
    events = listeners.subscribe()
    listeners.put(UserStart())
    listeners.put(UserStop())
    await asyncio.sleep(0.01)
    assert plain == [UserStart(), UserStop()]
    assert later == [UserStart()], "of its class alone, and once"
    assert "a fault in a listener" in caplog.text
    listeners.off(UserStart, hear)
    listeners.off(UserStart, hear)
    listeners.put(UserStart())
    listeners.close()
    assert [event async for event in events] == [UserStart(), UserStop(), UserStart()]
    assert [event async for event in listeners.subscribe()] == []
    assert later == [UserStart()]


async def test_an_iterator_waits_and_loses_the_oldest() -> None:
    channel: Channel[int] = Channel()
    newest, last_three = channel.subscribe(1), channel.subscribe(3)
    waiting = asyncio.create_task(anext(newest))
    await asyncio.sleep(0)
    for n in range(5):
        channel.put(n)
    assert await waiting == 4
    channel.close()
    assert [n async for n in last_three] == [2, 3, 4]
    assert (newest.dropped, last_three.dropped) == (4, 2)
    assert [n async for n in newest] == []


async def test_an_iterator_that_nobody_keeps_is_forgotten() -> None:
    channel: Channel[int] = Channel()
    iterator = channel.subscribe(1)
    kept = weakref.ref(iterator)
    channel.put(1)
    del iterator
    gc.collect()
    assert kept() is None
