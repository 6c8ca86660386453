"""How microphone and speaker are, as `status` tells it."""

from typing import Literal

import msgspec


class PartStatus(msgspec.Struct, frozen=True):
    """One direction: microphone or speaker."""

    state: Literal["starting", "ok", "missing", "silent"] = "starting"
    device: str = ""
    rate_hz: int = 0
    channels: int = 0
    latency_ms: float = 0.0
    detail: str = ""
    """Why it is missing, for staff."""


class SoundStatus(msgspec.Struct, frozen=True):
    """Both directions, and the process that serves them. A change makes a new one."""

    microphone: PartStatus = PartStatus()
    speaker: PartStatus = PartStatus()
    worker_pid: int | None = None
    restarts: int = 0
    underruns: int = 0
