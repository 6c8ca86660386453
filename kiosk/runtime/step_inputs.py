"""What has happened since the last step of the core, gathered for the next one."""

from collections.abc import Callable

from kiosk.audio.supervisor import SoundSupervisor
from kiosk.core.inputs import (
    AvatarCounted,
    DevicesAre,
    Input,
    InstructionIs,
    MicrophoneAt,
    WallClockAt,
)
from kiosk.reply.output import ReplyOutput
from kiosk.runtime.briefing import Briefing
from kiosk.runtime.wall_clock import WallClock


class StepInputs:
    """See the module.

    Args:
        sound: where the microphone is, and which devices are missing.
        output: how far the reply was heard.
        avatar: what a cloud avatar has cost; None where there is none.
        briefing: what the next session is told.
        zone: of the house, such as `Europe/Berlin`; empty: the system's.
    """

    def __init__(
        self,
        sound: SoundSupervisor,
        output: ReplyOutput,
        avatar: Callable[[], AvatarCounted | None],
        briefing: Briefing,
        zone: str,
    ) -> None:
        self._sound = sound
        self._output = output
        self._avatar = avatar
        self._briefing = briefing
        self._wall_clock = WallClock(zone=zone)
        self._posted: list[Input] = []
        self._told: list[Input] = []
        """Devices, clock, instruction and the avatar's meter as they were last told."""

    def post(self, happened: Input) -> bool:
        """Keep it for the next step; whether it is the first since the last one."""
        self._posted.append(happened)
        return len(self._posted) == 1

    def take(self, now_s: float, button_cause: str) -> list[Input]:
        """All of it, places in sound first; each is given once.

        Args:
            now_s: now, monotonic.
            button_cause: why the button does not work; empty while it does.
        """
        posted, self._posted = self._posted, []
        slow: list[Input] = [self._devices(button_cause), *self.house(now_s)]
        if (counted := self._avatar()) is not None:
            slow.append(counted)
        changed = [one for one in slow if one not in self._told]
        self._told = slow
        return [self.microphone(), self._output.place(now_s), *changed, *posted]

    def house(self, now_s: float) -> tuple[WallClockAt, InstructionIs]:
        """The time there, and what a session that begins now is told."""
        now = self._wall_clock.now(now_s)
        return now, self._briefing.at(now)

    def microphone(self) -> MicrophoneAt:
        """How far it was recorded. What was not, or is there no more, is not said."""
        microphone = self._sound.mic
        written = microphone.written  # First: the holes before it are there by then.
        # What is before may go at any moment, and what is about to be written over, too.
        full = written - microphone.capacity + microphone.RATE_HZ
        gone = max(microphone.zeroed, microphone.keep_from, full)
        return MicrophoneAt(written, ((0, gone), *microphone.holes))

    def _devices(self, button_cause: str) -> DevicesAre:
        device = self._sound.status
        return DevicesAre(
            microphone_missing=device.microphone.state == "missing",
            microphone_silent=device.microphone.state == "silent",
            speaker_missing=device.speaker.state == "missing",
            button_cause=button_cause,
        )
