"""What `kiosk ctl status` tells: the state of every part, for staff and for tools."""

import os
import time
from typing import TYPE_CHECKING, Any

import msgspec

from kiosk.core.link_state import Phase
from kiosk.core.opening import Given
from kiosk.core.turn_budget import LIMIT_CODE
from kiosk.runtime import wall_clock

if TYPE_CHECKING:
    from kiosk.core.overlays import Mistake
    from kiosk.runtime.kiosk import Kiosk


def degraded(kiosk: "Kiosk") -> list[str]:
    """The parts that do not do their work now, each with its reason; empty where all do.

    What a visitor is told of a part stands here too, so that screen, `status` and journal agree. A
    link that is dialled again and again is one trouble, and a rotation is none.
    """
    device, session = kiosk.sound.status, kiosk.session
    words = []
    if kiosk.mistake is not None:
        words.append(_settings_trouble(kiosk.mistake))
    if device.microphone.state != "ok":
        words.append(f"microphone {device.microphone.state}")
    if device.speaker.state != "ok":
        words.append(f"speaker {device.speaker.state}")
    if button_trouble(kiosk):
        words.append("no button")
    if kiosk.lamp is not None and kiosk.lamp.trouble:
        words.append("no lamp")
    if kiosk.screen_trouble:
        words.append("no screen")
    if kiosk.performer.trouble:
        words.append("avatar not there")
    if kiosk.face is not None and kiosk.face.trouble:
        words.append("avatar pack broken")
    if kiosk.conversation.budget.is_met:
        words.append(f"enough for today ({LIMIT_CODE})")
    if session.staff_code:
        words.append(f"link out of order ({session.staff_code})")
    elif session.phase in (Phase.DOWN, Phase.DIALLING):
        words.append(f"link down ({session.code})" if session.code else "link down")
    return words


def _settings_trouble(mistake: "Mistake") -> str:
    instead = "those of the last good start are in force" if mistake.serves else "nobody is served"
    return f"settings broken, {instead} ({mistake.code}: {mistake.told})"


def button_trouble(kiosk: "Kiosk") -> str:
    """Why the button does not work; empty where it does."""
    return kiosk.button.trouble if kiosk.button is not None else ""


def status(kiosk: "Kiosk") -> dict[str, Any]:
    """See the module. Times are monotonic seconds; sound is counted in samples."""
    now_s = time.monotonic()
    sound, session, stage = kiosk.sound, kiosk.session, kiosk.stage
    device = sound.status
    outbox = session.outbox
    return {
        "state": kiosk.scene.state.value,
        "code": kiosk.scene.code,
        "notice": kiosk.scene.notice.value if kiosk.scene.notice is not None else "",
        "degraded": degraded(kiosk),
        "settings": {"trouble": kiosk.mistake.told if kiosk.mistake is not None else ""},
        "now_monotonic_s": now_s,
        "uptime_s": now_s - kiosk.started_s,
        "clock": wall_clock.describe(),
        "processes": {
            "daemon": os.getpid(),
            "sound": device.worker_pid,
            **({"screen": stage.pid} if stage is not None and stage.pid else {}),
        },
        "link": {
            "state": session.phase.value,
            "since_monotonic_s": session.phase_since_s,
            "handle": bool(session.checkpoint.handle),
            "code": session.code,
            "detail": session.detail,
            "left_out": {
                "handles": session.opening.left_out[Given.HANDLE],
                "histories": session.opening.left_out[Given.HISTORY],
                "recaps": session.opening.left_out[Given.RECAP],
            },
            "bad_frames": kiosk.dialer.bad_frames,
            "bad_parts": session.bad_parts,
            "unknown_fields": session.unknown_fields,
            "odd": dict(session.oddities.counts),
            "total_tokens": session.total_tokens,
        },
        "microphone": {
            "state": device.microphone.state,
            "device": device.microphone.device,
            "written": sound.mic.written,
            "sent": outbox.sent,
            "acked": outbox.acked,
            "first_sample_monotonic_s": sound.mic.first_sample_monotonic_s,
            "restarts": device.restarts,
        },
        "speaker": {
            "state": device.speaker.state,
            "device": device.speaker.device,
            "played": sound.reply.played,
            "written": sound.reply.written,
            "latency_ms": device.speaker.latency_ms,
            "underruns": device.underruns,
        },
        "button": {"source": kiosk.settings.button.source, "trouble": button_trouble(kiosk)},
        "lamp": {
            "driver": kiosk.settings.lamp.driver,
            "trouble": kiosk.lamp.trouble if kiosk.lamp is not None else "",
        },
        "discarded": kiosk.conversation.discarded,
        "turns_today": kiosk.conversation.budget.asked.turns,
        "turns": [msgspec.to_builtins(turn) for turn in kiosk.conversation.turns],
        "avatar": {
            **kiosk.performer.status(),
            "pack": kiosk.settings.avatar.pack,
            "pack_trouble": kiosk.face.trouble if kiosk.face is not None else "",
        },
        "display": {
            "driver": stage.driver if stage is not None else "none",
            "renderer": "surface" if stage is not None else "none",
            "size": list(stage.size) if stage is not None else None,
            "frames": stage.frames if stage is not None else 0,
            "fps": stage.fps if stage is not None else 0.0,
            "widget_faults": stage.widget_faults if stage is not None else 0,
            "trouble": kiosk.screen_trouble,
        },
    }
