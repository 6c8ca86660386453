"""Push to talk: a turn lasts while the button is held.

Its range `[start, end)` is fixed once. It starts a pre-roll before the press (at a barge-in it
starts at the press: before that the microphone heard the avatar) and ends a tail after the release;
a press during the tail continues the turn, because a finger slipped.
"""

from kiosk.core.press import Press, PressState
from kiosk.core.scene import Notice
from kiosk.core.talk_mode import TalkHost
from kiosk.formats import MICROPHONE_HZ
from kiosk.settings.types import ButtonSettings


class HoldToTalk:
    """See the module; it is a `TalkMode`.

    Args:
        button: the `[button]` settings.
        host: the conversation.
    """

    hands_free = False

    def __init__(self, button: ButtonSettings, host: TalkHost) -> None:
        self._button = button
        self._host = host
        self._press: Press | None = None
        self._comes = False
        """Nobody was here before the press."""

    @property
    def listening(self) -> bool:
        return self._press is not None and self._press.state is not PressState.PENDING

    @property
    def asking(self) -> bool:
        return self.listening

    @property
    def acting(self) -> bool:
        return self._press is not None

    @property
    def busy(self) -> bool:
        return self._press is not None

    @property
    def is_ending(self) -> bool:
        end = self._press.end if self._press is not None else None
        return end is not None and self._host.written >= end

    def press(self, now_s: float, sample: int) -> None:
        host, press = self._host, self._press
        if press is not None:
            if press.state is PressState.TAIL:
                press.go_on()
                host.changed()
            return
        if not host.may_ask:
            return
        speaking = host.reply.speaking
        start = sample if speaking else max(sample - _samples(self._button.pre_roll_ms), 0)
        self._press = Press(now_s, max(start, host.last_end), barge_in=speaking)
        host.notices.clear()
        self._comes = host.visit.since_s is None
        host.visit.sign(now_s)
        if speaking:
            host.reply.hold()
        self.advance(now_s)

    def release(self, now_s: float, sample: int) -> None:
        press = self._press
        if press is None or press.state is PressState.TAIL:
            return
        self._host.visit.sign(now_s)
        if press.state is PressState.PENDING:
            if now_s - press.press_s < self._button.min_hold_ms / 1000:
                self._tap(now_s)
                return
            self._open(press, now_s)
        press.release(now_s, sample + _samples(self._button.tail_ms))
        self._host.changed()
        self.advance(now_s)

    def advance(self, now_s: float) -> None:
        press, written = self._press, self._host.written
        if press is None:
            return
        held_s = now_s - press.press_s
        if press.state is PressState.PENDING and held_s >= self._button.min_hold_ms / 1000:
            self._open(press, now_s)
        if press.state is PressState.OPEN and held_s >= self._button.max_hold_s:
            self._host.notices.stuck = True
            press.release(now_s, written)
        end = press.ended_at(now_s, written, self._button.tail_ms / 1000)
        if end is not None:
            self._close(press, end, now_s)

    def hear_reply(self, now_s: float) -> None:
        pass  # Who presses speaks over it.

    def taken(self, now_s: float) -> None:
        pass

    def next_deadline(self) -> float | None:
        """The end of `min_hold_ms`."""
        if self._press is None or self._press.state is not PressState.PENDING:
            return None
        return self._press.press_s + self._button.min_hold_ms / 1000

    def ready(self) -> int:
        press, written = self._press, self._host.written
        return written if press is None or press.end is None else min(written, press.end)

    def keep_from(self) -> int:
        ahead_ms = self._button.pre_roll_ms + self._button.min_hold_ms
        keep = max(self._host.written - _samples(ahead_ms), 0)
        return keep if self._press is None else min(keep, self._press.start)

    def reset(self) -> None:
        self._press = None

    def stop(self, now_s: float) -> None:
        if self._press is not None and self._press.turn:
            self._close(self._press, max(self._host.written, self._press.start), now_s)

    def press_to_keep(self) -> Press | None:
        return self._press if self.listening else None

    def restore(self, press: Press | None) -> None:
        self._press = press

    def _tap(self, now_s: float) -> None:
        """Too short to be speech: nothing is sent, and a reply goes on where it faded."""
        self._press = None
        self._host.notices.show(Notice.HOLD_TO_TALK, now_s)
        self._host.reply.resume()
        if self._comes:
            self._host.greet(now_s)

    def _open(self, press: Press, now_s: float) -> None:
        barge_in = press.barge_in
        press.open(self._host.begin_turn(press.press_s, press.start, now_s, barge_in=barge_in))

    def _close(self, press: Press, end: int, now_s: float) -> None:
        self._press = None
        self._host.end_turn(press.turn, end, press.release_s, now_s)


def _samples(ms: int) -> int:
    return ms * MICROPHONE_HZ // 1000
