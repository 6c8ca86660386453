"""`kiosk privacy`: each configuration names who is told what, and nobody else."""

from pathlib import Path

import pytest

from kiosk.cli.main import main
from kiosk.cli.privacy import VENDORS, page
from kiosk.settings.layers import load


def told(tmp_path: Path, *settings: str) -> str:
    return page(load((), settings, tmp_path).settings)


def test_our_own_face_tells_google_alone(tmp_path):
    text = told(tmp_path)
    assert "what visitors say to Google's Gemini API" in text
    assert "gemini" in text
    assert not any(vendor in text for vendor in VENDORS.values())
    assert "**Says** on the screen" in text


def test_open_microphone_is_told(tmp_path):
    assert "only while the button is held" in told(tmp_path)
    text = told(tmp_path, "talk.mode=open")
    assert "only while the button is held" not in text
    assert "to the end of the visit, but for while the avatar speaks" in text


def test_a_search_is_told(tmp_path):
    search = "live.tuning.google_search=true"
    assert "by Google Search" in told(tmp_path, search)
    own_dialogue = ("avatar.driver=avatarim", "avatar.avatarim.mode=visitors-voice")
    assert "Google" not in told(tmp_path, search, *own_dialogue)
    assert "Google Search" not in told(tmp_path)


def test_who_is_told_by_a_tool(tmp_path):
    text = told(
        tmp_path,
        "tools.bell.webhook='https://chat.example/{tool-path}'",
        "tools.bell.arguments={reason='Why', room='Where'}",
        "tools.tickets.mcp='https://tickets.example/mcp'",
        "tools.tickets.only=['find']",
        "tools.desk.mcp='https://desk.example/mcp'",
        "tools.lift.command=['/opt/lift']",
        "tools.door.pin=22",
    )
    assert "`bell`, reason, room, to chat.example; " in text
    assert "`tickets` to tickets.example, the tools find (MCP); " in text
    assert "`desk` to desk.example, all its tools (MCP); " in text
    assert "`lift` to a program of this board." in text
    assert "door" not in text
    assert "tool-path" not in text
    assert "Hands on" not in told(tmp_path, "tools.door.pin=22")


def test_camera_is_told_and_that_there_is_none(tmp_path):
    assert "no camera is used" in told(tmp_path)
    text = told(tmp_path, "camera.source=/dev/video0")
    assert "**Sees**, by /dev/video0, one picture with each question" in text
    text = told(tmp_path, "camera.source=/dev/video0", "camera.pictures=stream")
    assert "one picture a second" in text


def test_vertex_is_told_with_its_region(tmp_path):
    text = told(tmp_path, "live.api=vertex", "live.project=p", "live.location=europe-west4")
    assert "Vertex AI in `europe-west4`" in text


def test_a_gateway_is_named(tmp_path):
    text = told(tmp_path, 'live.endpoint="wss://voice.museum.example/ai"')
    assert "voice.museum.example" in text
    assert "Google" not in text


@pytest.mark.parametrize("driver", VENDORS)
def test_a_cloud_avatar_is_told_the_answers_alone(tmp_path, driver):
    text = told(tmp_path, f"avatar.driver={driver}")
    assert f"the answers, and nothing of the visitor, to {VENDORS[driver]}." in text
    assert "what visitors say to Google" in text


def test_the_visitors_voice_goes_to_the_avatars_vendor_and_not_to_google(tmp_path):
    mode = ("avatar.driver=avatarim", "avatar.avatarim.mode=visitors-voice")
    text = told(tmp_path, *mode, 'avatar.avatarim.url="wss://im.example"')
    assert "what visitors say to Alibaba Cloud (AvatarIM) at im.example, and to nobody else" in text
    assert "Google" not in text


def test_the_reason_for_saying_no_ai_stands_there(tmp_path):
    reason = "obvious: a robot in a robot museum"
    text = told(tmp_path, f'screen.without_ai_notice="{reason}"')
    assert f"for: {reason}" in text


def test_words_that_are_kept_are_named_with_folder_and_days(tmp_path):
    assert "No word, no sound and no picture of a visitor." in told(tmp_path)
    kept = ("privacy.keep_transcripts=/var/lib/kiosk/said", "privacy.keep_days=7")
    text = told(tmp_path, *kept)
    assert "for 7 days in /var/lib/kiosk/said" in text
    assert "No word" not in text
    assert "Words and sound" not in text


def test_it_is_a_verb(tmp_path, monkeypatch, capfdbinary):
    monkeypatch.setenv("KIOSK_CONFIG_DIR", str(tmp_path))
    assert main(["privacy", "--set", "visit.end_after_s=45"]) == 0
    assert "45 s after its last word" in capfdbinary.readouterr().out.decode()
