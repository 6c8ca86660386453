"""An open microphone: a press opens it, and until the visit ends it is sent, but for while the
avatar speaks. Where speech begins and ends is the service's business.

What it hears is one stretch after the other, from answer to answer, without a gap: a stretch that
the service has not answered is said again when the line breaks, from the ring. What the microphone
heard of the avatar is left out, and so is a moment after it.
"""

from kiosk.core.press import Press
from kiosk.core.talk_mode import TalkHost
from kiosk.formats import MICROPHONE_HZ
from kiosk.settings.types import ButtonSettings

ECHO_S = 0.2
"""For so long the room still sounds of the avatar."""


class OpenMicrophone:
    """See the module; it is a `TalkMode`.

    Args:
        button: the `[button]` settings: `pre_roll_ms` is sent from before the press that opens it,
            and of what nobody has answered `max_hold_s` is kept.
        host: the conversation.
    """

    hands_free = True

    def __init__(self, button: ButtonSettings, host: TalkHost) -> None:
        self._pre_roll = button.pre_roll_ms * MICROPHONE_HZ // 1000
        self._kept = int(button.max_hold_s * MICROPHONE_HZ)
        self._host = host
        self._open = False

    @property
    def listening(self) -> bool:
        muted = self._host.session.outbox.muted
        echo_until = muted.ranges[-1][1] if muted.ranges else 0
        return self._open and not muted.now and self._host.written >= echo_until

    @property
    def asking(self) -> bool:
        return False  # Nobody may be there: what is understood shows that somebody is.

    @property
    def acting(self) -> bool:
        return False

    @property
    def busy(self) -> bool:
        return self._open and not self._host.session.outbox.muted.now

    @property
    def is_ending(self) -> bool:
        return False

    def press(self, now_s: float, sample: int) -> None:
        """It opens, and the avatar falls silent."""
        host = self._host
        if not host.may_ask:
            return
        host.notices.clear()
        comes = host.visit.since_s is None
        host.visit.sign(now_s, asks=True)
        host.visit.stay()
        if not self._open:
            self._open = True
            start = max(sample - self._pre_roll, host.last_end)
            host.begin_stream(start, now_s)
        if host.reply.speaking or host.session.stream.answers:
            host.session.stream.speak_over()
            host.reply.discard()
        if comes:
            host.greet(now_s)
        host.changed()

    def release(self, now_s: float, sample: int) -> None:
        pass

    def advance(self, now_s: float) -> None:
        self._host.session.outbox.trim_stream(self._host.written - self._kept)

    def hear_reply(self, now_s: float) -> None:
        """Leave out what the microphone hears of the avatar."""
        host, muted = self._host, self._host.session.outbox.muted
        # It closes where what could not be delivered was given up, and nothing more is asked today.
        self._open = self._open and host.session.outbox.stream is not None
        speaks = host.reply.speaking or host.session.stream.answers
        if speaks and not muted.now:
            muted.begin(host.written)
            host.changed()
        elif muted.now and not speaks:
            muted.end(host.written + int(ECHO_S * MICROPHONE_HZ), now_s)
            host.changed()

    def taken(self, now_s: float) -> None:
        """The next stretch begins where this one has ended."""
        if self._host.may_ask:
            self._host.begin_stream(self._host.last_end, now_s)

    def next_deadline(self) -> float | None:
        return None

    def ready(self) -> int:
        return self._host.written

    def keep_from(self) -> int:
        return max(self._host.written - self._pre_roll, 0)

    def reset(self) -> None:
        self._open = False

    def stop(self, now_s: float) -> None:
        self._open = False
        self._host.session.stream.end("discarded", now_s)

    def press_to_keep(self) -> Press | None:
        return None

    def restore(self, press: Press | None) -> None:
        self._open = self._host.session.outbox.stream is not None
