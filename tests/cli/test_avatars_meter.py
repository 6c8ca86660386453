"""`kiosk avatars check --meter`: kept for two idle time-outs, and two counts of its cost."""

import re
from pathlib import Path

import pytest

from kiosk.avatar.cloud.heygen.driver import HeyGen
from kiosk.avatar.cloud.meter import SessionMeter
from kiosk.cli import avatars_check, avatars_meter, main
from tests.cli.test_avatars_check import check
from tests.support import heygen_rest, stand_in
from tests.support.heygen import StandIn

IDLE_S = 3.0
"""Of the stand-ins, here: it ends a session that shows no sign of life for so long."""
METER = ("--meter",)


def seconds(out: str, what: str) -> float:
    (found,) = re.findall(rf"^{what} +([0-9.]+) s =", out, re.MULTILINE)
    return float(found)


@pytest.fixture(autouse=True)
def _short_and_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setattr(HeyGen, "idle_s", property(lambda _: IDLE_S))
    monkeypatch.setattr(avatars_check, "SHOWN_S", 1.0)
    monkeypatch.setattr(avatars_meter, "KEPT_WITHOUT_IDLE_TIMEOUT_S", IDLE_S)


def heygen(service: StandIn, product: str = "heygen") -> dict[str, str]:
    name = {"heygen": "avatar", "liveavatar": "avatar_id"}[product]
    return {
        "avatar.driver": product,
        f"avatar.{product}.base_url": service.url,
        f"avatar.{product}.{name}": "anna",
    }


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch):
    for name in ("HEYGEN_API_KEY", "LIVEAVATAR_API_KEY"):
        monkeypatch.setenv(name, heygen_rest.KEY)
    with StandIn() as service:
        service.idle_s = IDLE_S
        yield service


@pytest.mark.parametrize("product", ["heygen", "liveavatar"])
def test_it_is_kept_and_its_bill_is_the_vendors(product, service, capsys):
    assert check(heygen(service, product), *METER) == 0
    out = capsys.readouterr().out
    (session,) = service.sessions
    assert service.open_sessions == []
    assert service.wrongs == []
    assert session.called({"heygen": "keep_alive", "liveavatar": "keep-alive"}[product]) >= 3
    least_s = 60.0 if product == "liveavatar" else 2 * IDLE_S
    billed_s, counted_s = seconds(out, "the vendor bills"), seconds(out, "our meter counted")
    assert least_s <= session.billed_s <= counted_s + avatars_meter.ROUNDING_S
    assert least_s <= billed_s <= counted_s + avatars_meter.ROUNDING_S
    assert ("credits" in out) is (product == "liveavatar")
    assert out.startswith("One session of about")
    for line in ("to the first picture", "sound sent until heard", "kept alive", "heard again"):
        assert re.search(rf"^{line}", out, re.MULTILINE)
    assert "ok: what is counted" in out


@pytest.mark.parametrize("mode", ["voice-of-gemini", "visitors-voice"])
def test_avatarim_is_kept_and_billed_by_the_second(mode, tmp_path, monkeypatch, capsys):
    with stand_in.running("avatarim", tmp_path, mode) as cloud:
        for key, value in cloud.environment.items():
            monkeypatch.setenv(key, value)
        assert check(cloud.settings, *METER) == 0
        assert cloud.cost() == {"opened": 1, "left_open": 0, "wrongs": []}
    out = capsys.readouterr().out
    assert "no idle time-out of this vendor is known" in out
    assert seconds(out, "the vendor bills") >= IDLE_S
    assert seconds(out, "our meter counted") >= seconds(out, "the vendor bills") - 0.1
    assert "credits" not in out


def test_a_session_that_is_not_kept_alive_is_told_with_its_bill(service, monkeypatch, capsys):
    monkeypatch.setattr(HeyGen, "extend_session", lambda _: None)
    assert check(heygen(service), *METER) == 1
    told = capsys.readouterr()
    assert "It was kept for" in told.err
    assert "the vendor's console" in told.err
    assert seconds(told.out, "the vendor bills") > 0
    assert service.open_sessions == []


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session is kept for less: for a third of the stand-in's idle time-out, twice."""
    monkeypatch.setattr(HeyGen, "idle_s", property(lambda _: IDLE_S / 3))


def test_a_meter_that_counts_too_little_is_told(service, brief, monkeypatch, capsys):
    whole = SessionMeter.seconds.fget
    monkeypatch.setattr(SessionMeter, "seconds", property(lambda meter: whole(meter) / 2))
    assert check(heygen(service), *METER) == 1
    assert "less than is billed" in capsys.readouterr().out


def test_an_end_that_is_not_confirmed_is_told(service, brief, monkeypatch, capsys):
    monkeypatch.setattr(avatars_meter, "CONFIRMED_S", 0.0)
    for _ in range(9):
        service.refuse("stop", 500)
    assert check(heygen(service), *METER) == 1
    assert "Stop it in the vendor's console" in capsys.readouterr().out


def test_a_refusal_costs_nothing_and_says_so(service, capsys):
    service.concurrency = 0
    assert check(heygen(service), *METER) == 1
    told = capsys.readouterr()
    assert "Concurrent limit reached" in told.err
    assert "has opened no session" in told.out


class Avatar:
    def __init__(self, idle_s: float, cap_s: float | None = None) -> None:
        self.idle_s, self.cap_s, self.least_s = idle_s, cap_s, 60.0


@pytest.mark.parametrize(
    ("driver", "avatar_id", "idle_s", "cap_s", "kept_s", "why"),
    [
        ("heygen", "", 120, None, 240, "2 idle time-outs of 120 s"),
        ("heygen", "", 3599, None, avatars_meter.MAX_KEPT_S, "activity_idle_timeout_s=120"),
        ("heygen", "", 120, 200, 170, "the vendor ends this session after 200 s"),
        ("liveavatar", "anna", 300, None, 600, "2 idle time-outs of 300 s"),
        ("liveavatar", "", 300, None, avatars_meter.SANDBOX_KEPT_S, "sandbox"),
        ("avatarim", "", 0, None, IDLE_S, "no idle time-out"),
    ],
)
def test_how_long_it_is_kept_is_bounded(driver, avatar_id, idle_s, cap_s, kept_s, why):
    from kiosk.settings import layers

    words = [f'avatar.driver="{driver}"', f'avatar.liveavatar.avatar_id="{avatar_id}"']
    settings = layers.load([], words).settings.avatar
    plan = avatars_meter.plan(settings, Avatar(idle_s, cap_s))  # type: ignore[arg-type]
    assert plan.kept_s == kept_s
    assert why in plan.why


def test_a_pack_has_no_meter(tmp_path, capsys):
    assert main.main(["avatars", "check", str(tmp_path), "--meter"]) == 2
    assert "--meter measures a cloud avatar" in capsys.readouterr().err
