"""`kiosk avatars check --meter`: whether a session is kept alive, and what it costs, by two counts.

The session is kept for two of the vendor's idle time-outs: one that the keep-alives do not reach
would be ended in that time. Then what the vendor bills, from its first answer to the end that it
confirms, is laid beside what the kiosk's own meter has counted for the daily cap.
"""

import asyncio
import time

from msgspec import Struct

from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.session_policy import keep_alive_interval_s
from kiosk.avatar.interface import CloudAvatar
from kiosk.cli.avatars_check import POLL_INTERVAL_S, SHOWN_S, AvatarCheck, Report
from kiosk.settings.types import AvatarSettings

IDLE_TIMEOUTS = 2
"""One might pass by a keep-alive that came just before the session was asked for."""
MAX_KEPT_S = 660.0
"""Two time-outs of LiveAvatar, and a minute: nobody is to pay for an hour by one command."""
KEPT_WITHOUT_IDLE_TIMEOUT_S = 120.0
"""Of AvatarIM no idle time-out is known. Its socket is cut after 60 s without a frame."""
SANDBOX_KEPT_S = 40.0
"""LiveAvatar ends a session of its sandbox after about a minute."""
CAP_MARGIN_S = 30.0
"""Between the end of the measurement and the vendor's own limit of a session."""
OPENING_S = 20.0
"""For opening, speaking twice and closing, where it is told beforehand how long all of it takes."""
CONFIRMED_S = 30.0
"""For the vendor to confirm the end: a stop that fails is tried again after 2 and 8 s."""
ROUNDING_S = 0.1
"""Two counts of one session may differ by so much: their clocks are read one after the other."""


class MeterPlan(Struct, frozen=True):
    """How long the session is kept, and why."""

    kept_s: float
    why: str


def plan(settings: AvatarSettings, avatar: CloudAvatar) -> MeterPlan:
    """Decide how long it is kept. `avatar` may be open already: then its own limit counts too."""
    idle_s = avatar.idle_s
    if settings.driver == "liveavatar" and _is_sandbox(settings):
        return MeterPlan(SANDBOX_KEPT_S, "the sandbox's avatar ends by itself after about a minute")
    if not idle_s:
        return MeterPlan(KEPT_WITHOUT_IDLE_TIMEOUT_S, "no idle time-out of this vendor is known")
    kept_s, why = IDLE_TIMEOUTS * idle_s, f"{IDLE_TIMEOUTS} idle time-outs of {idle_s:g} s"
    if kept_s > MAX_KEPT_S:
        kept_s = MAX_KEPT_S
        why = (
            f"the longest that is paid for here, and the idle time-out is {idle_s:g} s: for two of"
            " them add --set avatar.heygen.activity_idle_timeout_s=120"
        )
    if avatar.cap_s is not None and kept_s > avatar.cap_s - CAP_MARGIN_S:
        kept_s = max(avatar.cap_s - CAP_MARGIN_S, 0.0)
        why = f"the vendor ends this session after {avatar.cap_s:g} s"
    return MeterPlan(kept_s, why)


def _is_sandbox(settings: AvatarSettings) -> bool:
    from kiosk.avatar.cloud.heygen.options import SANDBOX_AVATAR

    return settings.liveavatar.avatar_id in {"", SANDBOX_AVATAR}


class MeteredCheck(AvatarCheck):
    """See the module; the threads are those of `AvatarCheck`."""

    def __init__(
        self, settings: AvatarSettings, avatar: CloudAvatar, journal: SessionJournal, tell: Report
    ) -> None:
        super().__init__(settings, avatar, journal, tell)
        self._free = settings.driver == "liveavatar" and _is_sandbox(settings)
        self._answered_s: float | None = None
        """When the vendor had told the session's id."""

    def announce(self) -> None:
        """Say how long it takes, and what it costs, before anything is paid for."""
        planned = plan(self._settings, self.avatar)
        seconds = planned.kept_s + SHOWN_S + OPENING_S
        self._print(
            f"One session of about {_time(seconds)}: it is kept for {planned.kept_s:.0f} s"
            f" ({planned.why})."
        )
        minutes = max(seconds, self.avatar.least_s) / 60
        cost = "nothing: it is the sandbox's"
        if not self._free:
            cost = f"about {self._units(minutes, '.0f')}"
        self._print(f"It costs {cost}. Ctrl-C ends it at any time.\n")

    async def hold(self) -> None:
        """Open, show, speak, keep, speak again, close, and tell."""
        watching = asyncio.create_task(self._watch_journal())
        try:
            await super().hold()
        finally:
            watching.cancel()

    async def _after_shown(self) -> None:
        planned = plan(self._settings, self.avatar)
        interval_s = keep_alive_interval_s(self.avatar.idle_s)
        began_s = touched_s = time.monotonic()
        touches = 0
        while (now_s := time.monotonic()) - began_s < planned.kept_s:
            self._fail_if_lost(
                f" It was kept for {now_s - began_s:.0f} s, with {touches} keep-alives. Look at"
                " credits and other open sessions in the vendor's console; then try again"
            )
            if now_s - touched_s >= interval_s:
                self.avatar.extend_session()
                touched_s, touches = now_s, touches + 1
            await asyncio.sleep(POLL_INTERVAL_S)
        self._tell("kept alive", f"{planned.kept_s:.0f} s ({planned.why})")
        self._tell("keep-alives", f"{touches}, one each {interval_s:.0f} s")
        self._speak(2)
        await self._until_heard()
        self._tell("heard again after", f"{self._delay_ms():.0f} ms")

    async def _watch_journal(self) -> None:
        """See when the vendor has answered: it counts from then on, at the latest."""
        while self._answered_s is None:
            if any(entry.session for entry in self._journal.open.values()):
                self._answered_s = time.monotonic()
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _after_closed(self, began_s: float, closing_s: float) -> None:
        until_s = time.monotonic() + CONFIRMED_S
        while self._journal.open and time.monotonic() < until_s:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(POLL_INTERVAL_S)
        ended_s = time.monotonic()
        self._journal.count()
        counted_s = self._journal.spent_s
        if self._journal.open:
            self._fail(
                f"the vendor has not confirmed the end within {CONFIRMED_S:g} s: the session may"
                " cost on. Stop it in the vendor's console"
            )
            return
        if self._answered_s is None:
            self._print("\nThis check has opened no session, so none is billed to it.")
            return
        self._tell("end confirmed after", f"{ended_s - closing_s:.2f} s")
        billed_s = max(ended_s - self._answered_s, self.avatar.least_s)
        self._print("")
        self._bill("the vendor bills", 0.0 if self._free else billed_s)
        self._bill("our meter counted", counted_s)
        if counted_s < billed_s - ROUNDING_S:
            self._fail(
                f"our meter counted {billed_s - counted_s:.1f} s less than is billed: the daily cap"
                " would be passed. Lower avatar.cloud.daily_minutes, and report this"
            )
            return
        free = "; a session of the sandbox is counted, though it is free" if self._free else ""
        self._print(f"ok: what is counted is not less than what is billed{free}")

    def _fail(self, words: str) -> None:
        """Say it, and end with status 1; raised, it would hide why the session was lost."""
        self._print(f"not ok: {words}")
        self.status = 1

    def _bill(self, who: str, seconds: float) -> None:
        self._tell(who, f"{seconds:7.1f} s = {self._units(seconds / 60, '.2f')}")

    def _units(self, minutes: float, places: str) -> str:
        number = f"{minutes:{places}}"
        plural = "" if number == "1" else "s"
        credits = self._settings.driver == "liveavatar"  # One a minute of LITE.
        return f"{number} minute{plural}" + credits * f", {number} credit{plural}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
