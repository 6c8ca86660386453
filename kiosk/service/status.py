"""What `kiosk ctl status` tells: the state of every part, for staff and for tools."""

import os
from typing import Any

import msgspec

from kiosk.core.ledger import MoneyView
from kiosk.core.link_state import Phase
from kiosk.core.overlays import Mistake
from kiosk.core.prices import TOKEN_PRICES
from kiosk.core.tokens import NANO
from kiosk.core.turn_budget import LIMIT_CODE
from kiosk.service.system_view import ScreenView, SystemView


def degraded(view: SystemView) -> list[str]:
    """The parts that do not do their work now, each with its reason; empty where all do.

    What a visitor is told of a part stands here too, so that screen, `status` and journal agree. A
    link that is dialled again and again is one trouble, and a rotation is none.
    """
    device, link = view.devices, view.core.link
    words = []
    if view.mistake is not None:
        words.append(_settings_trouble(view.mistake))
    if device.microphone.state != "ok":
        words.append(f"microphone {device.microphone.state}")
    if device.speaker.state != "ok":
        words.append(f"speaker {device.speaker.state}")
    if view.button_trouble:
        words.append("no button")
    if view.lamp_trouble:
        words.append("no lamp")
    if view.screen.trouble:
        words.append("no screen")
    if view.avatar_trouble:
        words.append("avatar not there")
    if view.screen.pack_trouble:
        words.append("avatar pack broken")
    if view.knowledge["faults"]:
        words.append(f"knowledge broken ({', '.join(view.knowledge['faults'])})")
    if view.core.limit_cause:
        words.append(f"enough for today ({LIMIT_CODE})")
    if view.core.money.soft_cause:
        words.append(f"answers are shorter ({view.core.money.soft_cause})")
    if link.staff_code:
        words.append(f"link out of order ({link.staff_code})")
    elif link.phase in (Phase.DOWN, Phase.DIALLING):
        words.append(f"link down ({link.code})" if link.code else "link down")
    return words


def _settings_trouble(mistake: Mistake) -> str:
    instead = "those of the last good start are in force" if mistake.serves else "nobody is served"
    return f"settings broken, {instead} ({mistake.code}: {mistake.told})"


def status(view: SystemView) -> dict[str, Any]:
    """See the module. Times are monotonic seconds; sound is counted in samples."""
    scene, core = view.scene, view.core
    return {
        "state": scene.state.value,
        "code": scene.code,
        "notice": scene.notice.value if scene.notice is not None else "",
        "degraded": degraded(view),
        "settings": {"trouble": view.mistake.told if view.mistake is not None else ""},
        "now_monotonic_s": view.now_s,
        "uptime_s": view.now_s - view.started_s,
        "clock": view.clock,
        "processes": {
            "daemon": os.getpid(),
            "sound": view.devices.worker_pid,
            **({"screen": view.screen.pid} if view.screen.pid else {}),
        },
        "link": _link(view),
        **_sound(view),
        "button": {"source": view.button_source, "trouble": view.button_trouble},
        "lamp": {"driver": view.lamp_driver, "trouble": view.lamp_trouble},
        "house": msgspec.to_builtins(core.house),
        "knowledge": view.knowledge,
        "discarded": core.discarded,
        "turns_today": core.turns_today,
        "money": _money(view.core.money),
        "turns": [msgspec.to_builtins(turn) for turn in core.turns],
        "avatar": {
            **view.avatar,
            "pack": view.pack,
            "pack_trouble": view.screen.pack_trouble,
        },
        "display": _display(view.screen),
    }


def _link(view: SystemView) -> dict[str, Any]:
    link = view.core.link
    return {
        "state": link.phase.value,
        "since_monotonic_s": link.since_s,
        "handle": link.resumable,
        "code": link.code,
        "detail": link.detail,
        "left_out": msgspec.to_builtins(link.left_out),
        "bad_frames": view.bad_frames,
        "bad_parts": link.bad_parts,
        "unknown_fields": link.unknown_fields,
        "odd": link.odd,
        "total_tokens": link.total_tokens,
    }


def _money(money: MoneyView) -> dict[str, Any]:
    """Amounts are of the currency's unit."""
    sums = ("turn", "visit", "day", "month", "under_way")
    today = money.today
    return {
        "currency": money.currency,
        **{name: round(getattr(money, name), 6) for name in sums},
        "context_again": round(today.again_n / NANO, 6),
        "guessed": round(today.guessed_n / NANO, 6),
        "avatar": round(today.avatar_n / NANO, 6),
        "turns": today.turns,
        "visits": today.visits,
        "tokens": {name: getattr(today.tokens, name) for name in TOKEN_PRICES},
        "soft": money.soft_cause,
        "hard": money.hard_cause,
        "prices": money.prices_date,
    }


def _sound(view: SystemView) -> dict[str, Any]:
    device, microphone, reply = view.devices, view.microphone, view.reply
    return {
        "microphone": {
            "state": device.microphone.state,
            "device": device.microphone.device,
            "written": microphone.written,
            "sent": view.core.sent,
            "acked": view.core.acked,
            "first_sample_monotonic_s": microphone.first_sample_monotonic_s,
            "restarts": device.restarts,
        },
        "speaker": {
            "state": device.speaker.state,
            "device": device.speaker.device,
            "played": reply.played,
            "written": reply.written,
            "latency_ms": device.speaker.latency_ms,
            "underruns": device.underruns,
        },
    }


def _display(screen: ScreenView) -> dict[str, Any]:
    return {
        "driver": screen.driver,
        "renderer": "none" if screen.size is None else "surface",
        "size": None if screen.size is None else list(screen.size),
        "frames": screen.frames,
        "fps": screen.fps,
        "widget_faults": screen.widget_faults,
        "trouble": screen.trouble,
    }
