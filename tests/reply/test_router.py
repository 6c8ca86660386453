"""What the conversation wants of the reply goes to whoever speaks it."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.avatar.fallback_avatar import FallbackAvatar
from kiosk.core.inputs import AvatarCounted, MicrophoneAt, ReplyAt
from kiosk.core.scene import Scene, State
from kiosk.core.step import Core, Outputs
from kiosk.core.turns import ReplyCommand
from kiosk.reply.router import COST, ReplyRouter
from kiosk.settings.layers import load
from tests.support.spoken_reply import FakeSpeaker

FOREIGN = ("livekit", "av", "alibabacloud_avatar20220130", "kiosk.avatar.cloud.heygen")


def router(folder: Path, *settings: str) -> ReplyRouter:
    loaded = load((), settings, folder).settings
    made = ReplyRouter(loaded.avatar, FakeSpeaker(), folder / "state", lambda: None)
    made.output.begin(1.0)
    return made


def outputs(turn: int, *commands: object, **of: object) -> Outputs:
    """What a step wants, as far as a router sees it."""
    core = Core(load((), (), Path()).settings, lambda: 0.5)
    core.start(1.0, MicrophoneAt(0), ReplyAt(0, 0, 1.0), ring_epoch_ns=1)
    scene = Scene(of.pop("state", State.ATTRACT), turn=turn)
    return replace(core.step(1.0, []), commands=commands, scene=scene, **of)


def test_our_own_face_needs_nothing_of_the_others(tmp_path):
    """No client library, no pygame, no numpy before the first setup is on the wire."""
    words = (
        "import sys, kiosk.runtime.daemon;"
        f"print([m for m in {(*FOREIGN, 'pygame', 'numpy', 'kiosk.avatar.cloud.sessions')!r}"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    alone = router(tmp_path)
    assert alone.cloud_sessions is None
    assert alone.cast("face") == "face"
    assert alone.status() == {"driver": "face"}
    assert not (tmp_path / "state").exists()


@pytest.mark.cloud
@pytest.mark.parametrize("driver", ["heygen", "liveavatar", "avatarim"])
def test_an_avatar_on_a_line_stands_before_our_own_face(tmp_path, driver):
    cloud = router(tmp_path, f"avatar.driver={driver}")
    assert cloud.cloud_sessions is not None
    assert isinstance(cloud.cast("face"), FallbackAvatar)
    assert cloud.status() == {
        "driver": driver,
        "ready": False,
        "trouble": "",
        "sessions": 0,
        "minutes_today": 0.0,
        "takeovers": 0,
    }


def test_commands_reach_the_speaker(tmp_path):
    board = router(tmp_path)
    speaker = board.output._speaker
    board.obey(outputs(1, b"\1\0" * 240, "words", ReplyCommand.HOLD))
    assert (speaker.reply.written, speaker.held) == (240, True)
    board.obey(outputs(1, ReplyCommand.RESUME, ReplyCommand.END_OF_REPLY))
    assert (speaker.held, speaker.ends) == (False, 1)
    assert board.output.place(1.0).written == 240
    board.obey(outputs(1, ReplyCommand.DISCARD, b"\1\0" * 10))
    place = board.output.place(1.0)
    assert (place.heard, place.written) == (240, 250)


def test_an_answer_that_is_begun_again_is_another_utterance(tmp_path):
    board = router(tmp_path)
    said = []
    board.output.play = lambda utterance, pcm: said.append((utterance, pcm))
    board.obey(outputs(4, b"a", b"b"))
    board.obey(outputs(4, ReplyCommand.DISCARD, b"a"))
    board.obey(outputs(5, b"c"))
    assert said == [(1, b"a"), (1, b"b"), (2, b"a"), (3, b"c")]


@pytest.mark.cloud
def test_the_director_sees_the_visitor(tmp_path):
    cloud = router(tmp_path, "avatar.driver=heygen")
    seen = []
    cloud.cloud_sessions.see = lambda visitor_s, **more: seen.append((visitor_s, more))
    cloud.obey(outputs(1))
    cloud.obey(outputs(1, visitor_s=5.0, state=State.LISTENING))
    cloud.obey(outputs(1, limit_cause="money.daily_hard: spent"))
    assert seen == [
        (None, {"listening": False, "may_ask": True}),
        (5.0, {"listening": True, "may_ask": True}),
        (None, {"listening": False, "may_ask": False}),
    ]


@pytest.mark.cloud
def test_the_avatars_meter_is_told(tmp_path):
    cost = tmp_path / "state" / COST
    cost.parent.mkdir()
    cost.write_text(f'{{"day": "{date.today()}", "seconds": 61.5}}')
    assert router(tmp_path, "avatar.driver=heygen").counted() == AvatarCounted(
        date.today().isoformat(), 62
    )
    assert router(tmp_path).counted() is None


@pytest.mark.cloud
def test_the_visitors_voice_takes_the_place_of_the_service(tmp_path):
    mode = "avatar.avatarim.mode=visitors-voice"
    cloud = router(tmp_path, "avatar.driver=avatarim", mode)
    assert cloud.dialogue is not None
    assert cloud.output._avatar is None  # Its stream is the reply: the board plays it.
    hushed = []
    cloud.dialogue.interrupt = lambda: hushed.append(True)
    cloud.obey(outputs(1, ReplyCommand.DISCARD))
    assert hushed
    faces = router(tmp_path, mode)
    assert faces.dialogue is None


def test_settings_are_complete(tmp_path):
    """The names are driven by other tools."""
    avatar = msgspec.to_builtins(load((), (), tmp_path).settings.avatar)
    assert set(avatar["heygen"]) >= {
        "base_url",
        "avatar",
        "quality",
        "language",
        "voice",
        "activity_idle_timeout_s",
    }
    assert set(avatar["liveavatar"]) >= {"base_url", "avatar_id", "quality"}
    wanted = {"mode", "url", "app_id", "tenant_id", "session_id", "video_url"}
    assert set(avatar["avatarim"]) >= wanted
