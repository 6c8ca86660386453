"""`kiosk avatars check` without a folder: a session with the cloud avatar, measured."""

import json
import re
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.cli.avatars_check import PRICES
from tests.support import heygen_rest, stand_in
from tests.support.heygen import StandIn


def figure(out: str, what: str) -> float:
    (found,) = re.findall(rf"^{what} +([0-9.]+)", out, re.MULTILINE)
    return float(found)


def check(settings: dict[str, str], *more: str) -> int:
    words = [f"{key}={json.dumps(value)}" for key, value in settings.items()]
    options = [option for word in words for option in ("--set", word)]
    return main.main(["avatars", "check", "--set", "display.driver=none", *options, *more])


@pytest.fixture(autouse=True)
def _own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))


@pytest.mark.parametrize(
    ("product", "mode"),
    [
        ("heygen", ""),
        pytest.param("liveavatar", "", marks=pytest.mark.long),
        pytest.param("avatarim", "voice-of-gemini", marks=pytest.mark.long),
        pytest.param("avatarim", "visitors-voice", marks=pytest.mark.long),
    ],
)
def test_a_session_is_measured_and_closed(product, mode, tmp_path, monkeypatch, capsys):
    with stand_in.running(product, tmp_path, mode) as cloud:
        for key, value in cloud.environment.items():
            monkeypatch.setenv(key, value)
        assert check(cloud.settings) == 0
        assert cloud.cost() == {"opened": 1, "left_open": 0, "wrongs": []}
    out = capsys.readouterr().out
    assert 0 < figure(out, "to the first picture") < 5
    assert 5 < figure(out, "pictures a second") < 27  # 25 are sent; a busy machine takes fewer.
    way = "sound" if product != "avatarim" else "text"
    assert 10 < figure(out, f"{way} sent until heard") < 2000
    assert "s of session" in out
    assert PRICES[product] in out
    assert not list((tmp_path / "state" / "avatars-check").glob("*"))


def test_a_refusal_is_told_without_a_traceback(monkeypatch, capsys):
    monkeypatch.setenv("HEYGEN_API_KEY", heygen_rest.KEY)
    with StandIn() as service:
        service.concurrency = 0
        settings = {"avatar.driver": "heygen", "avatar.heygen.base_url": service.url}
        assert check(settings | {"avatar.heygen.avatar": "anna"}) == 1
    assert "Concurrent limit reached" in capsys.readouterr().err


def test_what_only_a_person_can_mend(monkeypatch, capsys):
    monkeypatch.delenv("HEYGEN_API_KEY", raising=False)
    assert check({"avatar.driver": "heygen"}) == 2
    assert "there is no heygen-api-key" in capsys.readouterr().err


def test_our_own_face_needs_no_check(capsys):
    assert check({}) == 2
    assert "costs nothing" in capsys.readouterr().err
