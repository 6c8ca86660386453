"""The visitor's voice to the vendor, by its chat socket and by the room."""

import numpy as np
import pytest

from kiosk.avatar.cloud.heygen import (
    ClientEvent,
    InputAudioMuted,
    LiveAvatarClient,
    LiveAvatarOptions,
    NoAnswerError,
    SessionStateError,
    StreamingAvatarClient,
    StreamingAvatarOptions,
    UnreachableError,
    UserSilence,
    UserStart,
    UserStop,
    VoiceChatState,
    VoiceChatStateChanged,
    liveavatar_client,
    voice_chat,
)
from tests.avatar.cloud.heygen.conftest import reached
from tests.support.heygen import StandIn
from tests.support.heygen_rest import KEY

TONE = (8000 * np.sin(np.arange(16_000) / 6)).astype("<i2").tobytes()
"""A second, s16le 16 kHz."""
STATES = ["STARTING", "ACTIVE", "INACTIVE"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_chat.ChatSocket, "settle_s", 0.0)
    monkeypatch.setattr(voice_chat.RoomMicrophone, "settle_s", 0.0)


def options(transport: str) -> StreamingAvatarOptions:
    return StreamingAvatarOptions(
        avatar_name="anna",
        quality="low",
        use_silence_prompt=True,
        voice_chat_transport=transport,  # type: ignore[arg-type]
        enable_push_to_talk=transport == "livekit",
    )


def states(told: list[ClientEvent]) -> list[str]:
    return [event.state.value for event in told if isinstance(event, VoiceChatStateChanged)]


async def test_a_voice_chat_by_the_chat_socket(service: StandIn) -> None:
    told: list[ClientEvent] = []
    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        avatar.on(ClientEvent, told.append)
        await avatar.create_start_avatar(options("websocket"))
        assert avatar.is_input_audio_muted
        with pytest.raises(SessionStateError, match="no voice chat"):
            await avatar.send_input_audio(TONE)
        await avatar.start_voice_chat()
        assert avatar.voice_chat_state is VoiceChatState.ACTIVE
        assert not avatar.is_input_audio_muted
        session = service.session
        await avatar.send_input_audio(TONE[:1500])
        await reached(lambda: len(session.visitor) == 1024)
        await avatar.send_input_audio(TONE[1500:4096])
        await reached(lambda: len(session.visitor) == 4096)
        assert bytes(session.visitor) == TONE[:4096], "in blocks of 512 samples, in order"
        avatar.mute_input_audio()
        avatar.mute_input_audio()
        assert avatar.is_input_audio_muted
        await avatar.send_input_audio(TONE[:4096])
        await reached(lambda: len(session.visitor) == 8192)
        assert not any(session.visitor[4096:]), "silence goes on in its place"
        avatar.unmute_input_audio()
        await reached(lambda: any(isinstance(event, UserSilence) for event in told))
        await avatar.close_voice_chat()
        await avatar.close_voice_chat()
        assert avatar.voice_chat_state is VoiceChatState.INACTIVE
        await reached(lambda: not session.chats)
    assert states(told) == STATES
    assert [type(event) for event in told if isinstance(event, UserStart | UserStop)] == [
        UserStart,
        UserStop,
    ]
    muted = [event.muted for event in told if isinstance(event, InputAudioMuted)]
    assert muted == [False, True, False]
    assert session.chat_query["silence_response"] == "true"
    assert session.chat_query["push_to_talk"] == "false"
    assert not service.wrongs


async def test_a_chat_socket_that_breaks_is_told_to_who_speaks(service: StandIn, caplog) -> None:
    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        await avatar.create_start_avatar(options("websocket"))
        await avatar.start_voice_chat(is_input_audio_muted=True)
        assert avatar.is_input_audio_muted
        service.cut_chats()
        await reached(lambda: "does not hear the visitor any more" in caplog.text)
        with pytest.raises(UnreachableError, match="chat socket is closed"):
            await avatar.send_input_audio(TONE)


async def test_a_chat_socket_that_is_refused_leaves_no_token_in_the_error(service: StandIn) -> None:
    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        await avatar.create_start_avatar(options("websocket"))
        token = next(token for token in service.tokens if token)
        service.tokens.clear()
        with pytest.raises(UnreachableError, match="HTTP 401") as caught:
            await avatar.start_voice_chat()
        assert token not in str(caught.value)
        assert avatar.voice_chat_state is VoiceChatState.INACTIVE


async def test_a_voice_chat_by_the_room_with_push_to_talk(service: StandIn) -> None:
    told: list[ClientEvent] = []
    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        avatar.on(ClientEvent, told.append)
        await avatar.create_start_avatar(options("livekit"))
        with pytest.raises(SessionStateError, match="no voice chat"):
            await avatar.push_to_talk_start()
        await avatar.start_voice_chat()
        await avatar.push_to_talk_start()
        await avatar.send_input_audio(TONE)
        await avatar.push_to_talk_stop()
        session = service.session
        guest = next(iter(session.guests))
        await reached(lambda: loud(guest.microphone))
        assert guest.published == ["microphone"]
        avatar.mute_input_audio()
        await reached(lambda: guest.muted is True)
        avatar.unmute_input_audio()
        await reached(lambda: guest.muted is False)
        await reached(lambda: len(session.commands) == 2)
        assert session.commands == ["push_to_talk:start", "push_to_talk:stop"]
        await avatar.close_voice_chat()
    assert states(told) == STATES
    assert not service.wrongs


def loud(pcm: bytearray) -> bool:
    samples = np.frombuffer(bytes(pcm[: len(pcm) // 2 * 2]), "<i2").astype(int)
    return bool(len(samples)) and bool(np.abs(samples).max() > 3000)


async def test_push_to_talk_has_to_be_asked_for(service: StandIn) -> None:
    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        await avatar.create_start_avatar(options("websocket"))
        with pytest.raises(SessionStateError, match="not enabled"):
            await avatar.push_to_talk_start()
    async with LiveAvatarClient(KEY, base=service.url) as other:
        await other.start(LiveAvatarOptions(avatar_id="an-id", quality="low", mode="FULL"))
        with pytest.raises(SessionStateError, match="PUSH_TO_TALK"):
            await other.start_push_to_talk()


async def test_push_to_talk_of_liveavatar_is_answered(service: StandIn, monkeypatch) -> None:
    monkeypatch.setattr(liveavatar_client, "PUSH_TO_TALK_TIMEOUT_S", 0.3)
    wanted = LiveAvatarOptions(
        avatar_id="an-id", quality="low", mode="FULL", interactivity_type="PUSH_TO_TALK"
    )
    async with LiveAvatarClient(KEY, base=service.url) as avatar:
        await avatar.start(wanted)
        await avatar.start_voice_chat(is_input_audio_muted=True)
        assert avatar.is_input_audio_muted
        await avatar.start_push_to_talk()
        assert not avatar.is_input_audio_muted, "whoever holds the button is heard"
        await avatar.stop_push_to_talk()
        for answer in ("start_failed", ""):
            service.session.push_to_talk_answer = answer
            with pytest.raises(NoAnswerError, match="did not start push-to-talk"):
                await avatar.start_push_to_talk()
    kinds = [command["event_type"] for command in service.session.commands]
    assert kinds[:2] == ["user.start_push_to_talk", "user.stop_push_to_talk"]
