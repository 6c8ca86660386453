"""Days of a kiosk and of a service that counts what it bills: is the kiosk's sum ever less?

Seeded. Visits, questions and answers are of random length; visitors speak over answers; links
break; reports come in either spelling, or not at all; the kiosk is killed at a write, before or
after it has landed, and sometimes stopped in order.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

import msgspec

from kiosk.core.ledger import Ledger
from kiosk.core.messages import (
    InlineData,
    ModelTurn,
    ServerContent,
    ServerMessage,
    ServerPart,
    decode,
)
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.prices import Prices, TokenPrices
from kiosk.core.tally import Account
from kiosk.core.tokens import NANO, Tokens
from kiosk.settings.types import MoneySettings, PriceSettings

PRICES = Prices(TokenPrices(0.75, 3.0, 1.0, 4.5, 12.0))
COMPRESS_AT, COMPRESS_TO = 25_000, 8_000
"""Tokens; what the settings say by default."""
PREAMBLE = 2_600
INSTRUCTIONS = "You are a host. " * 100
MAX_ANSWER_S = 60.0
BASE64 = "A" * 640_000
"""Ten seconds of sound."""


def money(**caps: float) -> MoneySettings:
    """`[money]` without caps but for those that are given."""
    bounds = {"daily_soft": 0.0, "daily_hard": 0.0, "monthly_soft": 0.0, "monthly_hard": 0.0}
    return MoneySettings("US$", **(bounds | caps), prices=PriceSettings(0, 0, 0, 0, 0, 0))


class PowerCutError(Exception):
    """The power is gone."""


class ServiceMeter:
    """What the service bills."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.total_n = self.day_n = 0
        self.dearest_n = 0
        """One question."""
        self.forget()

    def forget(self) -> None:
        self.context = 0

    def bill(self, question_s: float, answer_s: float) -> dict[str, object]:
        """A question and what was made of its answer; returns the report."""
        text = PREAMBLE + len(INSTRUCTIONS) // 4
        audio = self.context + round(question_s * 25)
        spoken, written = round(answer_s * 25), round((question_s + answer_s) * 3.3)
        cost_n = Tokens(text, audio, 0, written, spoken).cost_n(PRICES.tokens)
        self.total_n += cost_n
        self.day_n += cost_n
        self.dearest_n = max(self.dearest_n, cost_n)
        self.context = audio + spoken
        if self.context > COMPRESS_AT:
            self.context = COMPRESS_TO
        said = self._random.choice(("response", "candidates"))
        report: dict[str, object] = {
            "promptTokenCount": text + audio,
            f"{said}TokenCount": spoken + written,
            "totalTokenCount": text + audio + spoken + written,
        }
        if self._random.random() < 0.9:
            report["promptTokensDetails"] = _details(TEXT=text, AUDIO=audio)
            report[f"{said}TokensDetails"] = _details(AUDIO=spoken, TEXT=written)
        return report


def _details(**kinds: int) -> list[dict[str, object]]:
    return [{"modality": kind, "tokenCount": count} for kind, count in kinds.items()]


class LedgerDays:
    """A kiosk and its disk, over days.

    Args:
        seed: of all that happens.
        settings: the `[money]` settings.
    """

    def __init__(self, seed: int, settings: MoneySettings) -> None:
        self.random = Random(seed)
        self.settings = settings
        self.meter = ServiceMeter(self.random)
        self.disk = msgspec.json.encode(Account())
        self.now_s = 0.0
        self.day = 0
        self.writes = self.kills = self.refused = self.asked = 0
        self.early: Counter[str] = Counter()
        """Notes that were written sooner than a minute after the one before, by their reason."""
        self.bytes = 0
        """Of the largest note."""
        self.counted_n = 0
        """Beside what the meter counts."""
        self._kill_at: int | None = None
        self._kill_lands = False
        self._open: tuple[float, float] | None = None
        """A question that was put, and what will be made of its answer, in seconds."""
        self._boot()

    def _boot(self, visit_goes_on: bool = False) -> None:
        self.ledger = Ledger(self.settings, PRICES, COMPRESS_AT)
        self.ledger.resume(msgspec.json.decode(self.disk, type=Account), visit_goes_on)
        self.ledger.begin_day(self.today)
        self.ledger.dialled(INSTRUCTIONS.encode())
        self._link, self._utterance = 1, 0
        self._unwritten: Account | None = None
        self._written_s = -1e9
        self._noted, self._noted_caps = Account(), ("", "")
        if not visit_goes_on:
            self.meter.forget()
        self.ledger.received(self._link, ServerMessage())
        self.check()

    @property
    def today(self) -> str:
        return f"2026-{self.day // 28 % 12 + 1:02}-{self.day % 28 + 1:02}"

    # --- one day -----------------------------------------------------------------------------

    def run_day(self) -> None:
        """One day, with a kill at one of its writes; then the next one begins."""
        random = self.random
        self._kill_at = self.writes + random.randint(1, 15) if random.random() < 0.7 else None
        for _ in range(random.choice((0, 3, 10, 30))):
            self._survive(self._visit)
        if random.random() < 0.3:
            self.disk = msgspec.json.encode(self.ledger.last())
            self._boot()
        self.day, self.meter.day_n = self.day + 1, 0
        self.ledger.begin_day(self.today)
        self._survive(lambda: self._pass(3600 * 8))

    def _survive(self, happening: Callable[[], None]) -> None:
        """What is under way when the power goes is billed to its end."""
        self._kill_lands = self.random.random() < 0.5
        try:
            happening()
        except PowerCutError:
            self.kills += 1
            self._kill_at = self._unwritten = None
            if self._open is not None:
                self._bill()
            self._boot(visit_goes_on=self.random.random() < 0.5)

    def _visit(self) -> None:
        self._pass(self.random.choice((5, 90, 1200)))
        for _ in range(self.random.choice((1, 4, 4, 12))):
            if self.ledger.hard_cause():
                self.refused += 1
                self._pass(5)
                continue
            self._turn()
            self._pass(self.random.choice((0.1, 1, 20)))
        self.ledger.visit_ended()
        self._renew()
        self.meter.forget()
        self.check()

    def _turn(self) -> None:
        """One question; a second one may be spoken over its answer."""
        self.asked += 1
        hard_n = round(self.settings.daily_hard * NANO)
        assert not hard_n or self.meter.day_n < hard_n, "a question was asked beyond the cap"
        question_s = self._ask()
        heard_s = self.random.uniform(0, MAX_ANSWER_S)
        self._open = question_s, heard_s
        if self.random.random() < 0.1:
            self._broken(question_s, heard_s)
            return
        self._hear(heard_s)
        report = self._bill()
        if self.random.random() < 0.15 and not self.ledger.hard_cause():  # Spoken over.
            assert not hard_n or self.meter.day_n < hard_n, "asked over an answer, beyond the cap"
            self._open = self._ask(), self.random.uniform(0, 10)
            self._report(report)
            self._hear(self._open[1])
            report = self._bill()
        self._report(report)
        self.check()

    def _ask(self) -> float:
        question_s = self.random.choice((1.0, 5.0, 5.0, 60.0))
        self._utterance += 1
        self.ledger.sent(Outgoing(1, Kind.START, self._utterance))
        self._tick()
        self.ledger.sent(Outgoing(2, Kind.AUDIO, self._utterance, 0, round(question_s * 16_000)))
        self._pass(question_s)
        self.ledger.sent(Outgoing(3, Kind.END, self._utterance))
        return question_s

    def _hear(self, seconds: float) -> None:
        """Sound of an answer, which comes faster than it is spoken."""
        while seconds > 0:
            piece_s = min(seconds, 10.0)
            sound = InlineData("audio/pcm;rate=24000", BASE64[: round(piece_s * 64_000)])
            content = ServerContent(ModelTurn(parts=[ServerPart(inline_data=sound)]))
            self.ledger.received(self._link, ServerMessage(server_content=content))
            self._pass(piece_s / 4)
            seconds -= piece_s

    def _broken(self, question_s: float, made_s: float) -> None:
        """The link breaks while an answer comes: what was made is billed, and never told."""
        self._open = question_s, made_s
        self._hear(self.random.uniform(0, made_s))
        self._bill()
        if self.random.random() < 0.5:
            self.ledger.link_over()
        self._renew()
        self.check()

    def _bill(self) -> dict[str, object]:
        assert self._open is not None
        question_s, answer_s = self._open
        self._open = None
        return self.meter.bill(question_s, answer_s)

    def _renew(self) -> None:
        """Another link. It knows the visit so far, or nothing."""
        self._link += 1
        self.ledger.received(self._link, ServerMessage())
        if self.random.random() < 0.5:
            self.meter.forget()

    def _report(self, report: dict[str, object]) -> None:
        message = decode(msgspec.json.encode({"usageMetadata": report}))
        self.ledger.received(self._link, message)
        self._tick()

    # --- time and the disk -------------------------------------------------------------------

    def _pass(self, seconds: float) -> None:
        """Time goes on; the core runs at least so often that no write is missed."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + max(seconds / 4, 1.0), until_s)
            self._tick()

    def _tick(self) -> None:
        self._land()
        due = self.ledger.due(self.now_s)
        if due is None:
            return
        self.writes += 1
        if self.now_s - self._written_s < 60:
            self.early[self._reason(due)] += 1
        self._written_s, self._noted = self.now_s, due
        self._noted_caps = self.ledger.soft_cause(), self.ledger.hard_cause()
        self._unwritten = due
        if self.writes == self._kill_at:
            if self._kill_lands:
                self._land()
            raise PowerCutError

    def _reason(self, due: Account) -> str:
        if due.day.period != self._noted.day.period:
            return "day"
        if (self.ledger.soft_cause(), self.ledger.hard_cause()) != self._noted_caps:
            return "cap"
        return "reserve used up" if self._noted.reserved_n else "first question"

    def _land(self) -> None:
        if self._unwritten is not None:
            self.disk = msgspec.json.encode(self._unwritten)
            self.bytes = max(self.bytes, len(self.disk))
            self._unwritten = None

    def check(self) -> None:
        """The sum is never less than what was billed."""
        account = self.ledger.last()
        self.counted_n = account.total_n
        assert account.total_n >= self.meter.total_n
        assert account.day.cost_n >= self.meter.day_n
