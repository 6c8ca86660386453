"""What the conversation costs: tokens and avatar minutes into money, and the caps on it.

The sum is never less than what the service counts. Each question is under way from its first sound
until the service reports its tokens; meanwhile it counts at a guess. Where the link ends before,
the guess stays. What is noted on disk reserves the next questions beforehand, so that a power cut
counts too much rather than too little (see `due`). Pure; told the time.
"""

from collections.abc import Sequence
from math import ceil, inf

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.messages import ServerContent, ServerMessage, TokenUsage
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.prices import Prices
from kiosk.core.tally import Account, Tally
from kiosk.core.tokens import NANO, Tokens, tokens_of
from kiosk.formats import MICROPHONE_HZ, REPLY_HZ
from kiosk.settings.types import MoneySettings

AUDIO_TOKENS_PER_S = 25
"""Source: Live API, guide on tokens."""
TRANSCRIPT_TOKENS_PER_S = 4
"""Speech is about two and a half words a second, and a word is about 1.3 tokens."""
PREAMBLE_TOKENS = 2_600
"""Fixed context of the model itself, read at each turn; measured by a third party."""
CHARS_PER_TOKEN = 3
"""Text has four and more in most languages: this guesses too many tokens."""
MAX_QUESTION_SAMPLES = 60 * MICROPHONE_HZ
"""`button.max_hold_s` by default."""
UNHEARD_ANSWER_S = 60.0
"""Of an answer that was made and never came, at most: it is made faster than it is spoken."""
SAVE_INTERVAL_S = 60.0
"""Between two notes on disk, but at an edge."""
RESERVED_TURNS = 4
"""Questions that are reserved beforehand: as many as a minute has, about."""
RELEASE_AFTER_S = 600.0
"""Without a question for so long, nothing is reserved any more: a house that cuts the power at
night pays for no questions that nobody asked.
"""


class _Asked(Struct):
    """A question that is under way."""

    samples: int = 0
    """Microphone samples that were sent."""
    chars: int = 0
    """Of a question in writing."""
    streamed: int = 0
    """Number of the utterance, of an open microphone: there may be no question in it."""

    def tokens(self) -> Tokens:
        """With its transcript."""
        seconds = self.samples / MICROPHONE_HZ
        return Tokens(
            text_in=ceil(self.chars / CHARS_PER_TOKEN),
            audio_in=ceil(seconds * AUDIO_TOKENS_PER_S),
            text_out=ceil(seconds * TRANSCRIPT_TOKENS_PER_S),
        )


class MoneyView(Struct, frozen=True):
    """What is told of it. Amounts are of the currency's unit."""

    currency: str
    turn: float
    """What the newest question has cost so far; likewise the next three."""
    visit: float
    day: float
    month: float
    under_way: float
    """What is guessed of questions that are not reported yet."""
    today: Tally
    this_month: Tally
    soft_cause: str
    hard_cause: str
    prices_date: str


class Ledger:
    """See the module.

    Args:
        money: the `[money]` settings.
        prices: those in force.
        max_context: tokens at which the service begins to forget.
    """

    def __init__(self, money: MoneySettings, prices: Prices, max_context: int) -> None:
        self._money = money
        self._prices = prices
        self._max_context = max_context
        self._blank = Tokens(text_in=PREAMBLE_TOKENS)
        """What the model reads before anything is said."""
        self._context = self._blank
        """What the next question's prompt holds beside it, at most."""
        self._account = Account(currency=money.currency)
        self._asked: list[_Asked] = []
        """Oldest first."""
        self._utterance = self._sounding = 0
        self._reply_s = 0.0
        """Of answers that came and are not reported yet."""
        self._link = 0
        self._visiting = False
        self._turn_n = self._visit_n = 0
        self._noted = Account()
        self._noted_s = -inf
        self._noted_edge = ("", "")
        self._asked_s = -inf
        """When a question was last under way."""
        self._ahead: tuple[int, int] | None = None
        """What is under way, but for `_reply_s`, and one more question; None: to be worked out."""
        self._second_n = _answer(1).cost_n(prices.tokens)
        """What a second of an answer costs."""

    # --- what happens ------------------------------------------------------------------------

    def resume(self, account: Account, visit_goes_on: bool = False) -> None:
        """Go on from what an earlier process has noted. Before anything is asked.

        Args:
            account: the note.
            visit_goes_on: nobody knows how much the service holds of it.
        """
        if visit_goes_on:
            self._context = self._blank.plus(Tokens(audio_in=self._max_context))
        self._noted = account
        self._account = replace(account.resumed(), currency=self._money.currency)
        self._noted_edge = self._edge()

    def begin_day(self, today: str) -> None:
        """It is this day now."""
        self._account = self._account.on(today)

    def dialled(self, setup: bytes) -> None:
        """A session is opened with this: instruction, knowledge and tools are read each time."""
        self._blank = Tokens(text_in=PREAMBLE_TOKENS + len(setup) // CHARS_PER_TOKEN)
        text_in = max(self._context.text_in, self._blank.text_in)
        self._context = replace(self._context, text_in=text_in)
        self._ahead = None

    def sent(self, outgoing: Outgoing) -> None:
        """It goes out now."""
        if outgoing.kind is Kind.AUDIO and outgoing.utterance != self._sounding:
            # Of an open microphone, which nobody marks: it is a question once it is answered.
            self._sounding = outgoing.utterance
            self._asked.append(_Asked(streamed=outgoing.utterance))
            self._ahead = None
            self._count(turns=0)
        if outgoing.kind is Kind.AUDIO and self._asked:
            asked = self._asked[-1]
            asked.samples += outgoing.end - outgoing.start
            if asked.samples > MAX_QUESTION_SAMPLES:
                self._ahead = None
        typed = outgoing.kind is Kind.MESSAGE and outgoing.utterance
        if outgoing.kind is not Kind.START and not typed:
            return
        self._asked.append(_Asked(chars=len(outgoing.text)))
        self._ahead = None
        if outgoing.kind is Kind.START:
            self._sounding = outgoing.utterance
        self._begin(outgoing.utterance)

    def _begin(self, utterance: int) -> None:
        """It is a question, where it is not one that is said again."""
        if utterance != self._utterance:
            self._utterance = utterance
            self._turn_n = 0
            self._count(turns=1)

    def _count(self, turns: int) -> None:
        begun, self._visiting = not self._visiting, True
        if begun:
            self._visit_n = 0
        day, month = (
            replace(tally, turns=tally.turns + turns, visits=tally.visits + begun)
            for tally in (self._account.day, self._account.month)
        )
        self._account = replace(self._account, day=day, month=month)

    def received(self, link: int, message: ServerMessage) -> None:
        """A message of the service.

        Args:
            link: the number of the link that it came over.
            message: the message.
        """
        if link != self._link:
            self.link_over()
            self._link = link
        if message.server_content is not None:
            self._reply_s += _seconds(message.server_content)
        if message.usage_metadata is not None:
            self._report(message.usage_metadata)

    def link_over(self) -> None:
        """Nothing will be reported any more of what is under way: what is guessed stays."""
        if self._asked:
            tokens, again = self._guess(self._asked)
            tokens = tokens.plus(_answer(self._reply_s))
            self._asked.clear()
            self._sounding, self._ahead = 0, None
            self._charge(tokens, again, guessed=True)
        self._reply_s = 0.0

    def visit_ended(self) -> None:
        """Its context is forgotten, and its link replaced."""
        if self._visiting:
            self.link_over()
            self._visiting = False
            self._context = self._blank
            self._ahead = None

    def avatar(self, day: str, seconds: float) -> None:
        """The avatar's own meter has counted so much on a day."""
        account = self._account
        before_s = account.avatar_s if day == account.avatar_day else 0.0
        if day < account.avatar_day or seconds == before_s:
            return
        more_s = seconds - before_s
        cost_n = round(more_s * self._prices.avatar_minute * NANO / 60)
        self._account = replace(
            account,
            day=account.day.with_avatar(more_s, cost_n),
            month=account.month.with_avatar(more_s, cost_n),
            avatar_day=day,
            avatar_s=seconds,
        )

    # --- what it costs -----------------------------------------------------------------------

    def _report(self, usage: TokenUsage) -> None:
        tokens = tokens_of(usage)
        question = self._asked.pop(0) if self._asked else _Asked()
        if question.streamed:
            self._begin(question.streamed)
        self._charge(tokens, tokens.input_beyond(question.tokens()))
        self._reply_s, self._ahead = 0.0, None
        # What was said is read again with the next question, as sound.
        self._context = Tokens(
            max(tokens.text_in, self._blank.text_in),
            tokens.audio_in + tokens.audio_out,
            tokens.video_in,
        )

    def _charge(self, tokens: Tokens, again: Tokens, guessed: bool = False) -> None:
        cost_n = tokens.cost_n(self._prices.tokens)
        again_n = again.cost_n(self._prices.tokens)
        guessed_n = cost_n if guessed else 0
        self._turn_n += cost_n
        self._visit_n += cost_n
        account = self._account
        self._account = replace(
            account,
            day=account.day.plus(tokens, cost_n, again_n, guessed_n),
            month=account.month.plus(tokens, cost_n, again_n, guessed_n),
            total_n=account.total_n + cost_n,
        )

    def _guess(self, asked: Sequence[_Asked]) -> tuple[Tokens, Tokens]:
        """Tokens of questions under way, and of the context that is read again for them."""
        total, again, context = Tokens(), Tokens(), self._context
        for one in asked:
            question = one.tokens()
            answer = _answer(UNHEARD_ANSWER_S)
            total = total.plus(context).plus(question).plus(answer)
            again = again.plus(context)
            heard = question.audio_in + answer.audio_out
            context = context.plus(Tokens(question.text_in, audio_in=heard))
        return total, again

    def _work_out(self) -> tuple[int, int]:
        """See `_ahead`: each question at its longest, so that it need not be done at each sound."""
        longest = [_Asked(max(one.samples, MAX_QUESTION_SAMPLES), one.chars) for one in self._asked]
        sums = [
            self._guess(asked)[0].cost_n(self._prices.tokens)
            for asked in (longest, [*longest, _Asked(MAX_QUESTION_SAMPLES)])
        ]
        return sums[0], sums[1] - sums[0]

    def _under_way_n(self) -> int:
        if not self._asked:
            return 0
        self._ahead = self._ahead or self._work_out()
        return self._ahead[0] + ceil(self._reply_s) * self._second_n

    def _next_n(self) -> int:
        """What one more question may cost, beside what is under way."""
        self._ahead = self._ahead or self._work_out()
        return self._ahead[1]

    # --- caps --------------------------------------------------------------------------------

    def soft_cause(self) -> str:
        """Why answers are to be shorter; empty where they are not."""
        money = self._money
        return self._passed(money.daily_soft, money.monthly_soft, "soft", 0)

    def hard_cause(self) -> str:
        """Why nothing more is asked; empty where it is. What is under way counts as asked."""
        money = self._money
        return self._passed(money.daily_hard, money.monthly_hard, "hard", self._under_way_n())

    def _passed(self, daily: float, monthly: float, which: str, under_way_n: int) -> str:
        account, currency = self._account, self._money.currency
        if daily and account.day.cost_n + under_way_n >= round(daily * NANO):
            return f"money.daily_{which}: today's {daily:.2f} {currency} are spent"
        if monthly and account.month.cost_n + under_way_n >= round(monthly * NANO):
            return f"money.monthly_{which}: this month's {monthly:.2f} {currency} are spent"
        return ""

    def _edge(self) -> tuple[str, str]:
        return self.soft_cause(), self.hard_cause()

    # --- what is kept ------------------------------------------------------------------------

    def due(self, now_s: float) -> Account | None:
        """What is to be noted on disk now; None while nothing is.

        While questions are asked the note reserves some more of them beforehand. Another one is
        written once a minute at most, but at once where a cap's edge is passed, a day begins, or
        what is reserved does not cover one more question.
        """
        if self._asked:
            self._asked_s = now_s
        active = now_s - self._asked_s < RELEASE_AFTER_S
        noted, account = self._noted, self._account
        at_once = account.day.period != noted.day.period or self._edge() != self._noted_edge
        if self._asked or account.total_n > noted.total_n:
            needed_n = account.total_n + self._under_way_n() + self._next_n() * bool(self._asked)
            at_once = at_once or needed_n > noted.total_n + noted.reserved_n
        changed = replace(account, reserved_n=noted.reserved_n) != noted
        changed = changed or (noted.reserved_n > 0 and not active)
        if not at_once and not (changed and now_s - self._noted_s >= SAVE_INTERVAL_S):
            return None
        ahead_n = self._under_way_n() + RESERVED_TURNS * self._next_n() if active else 0
        self._noted, self._noted_s = replace(account, reserved_n=ahead_n), now_s
        self._noted_edge = self._edge()
        return self._noted

    def last(self) -> Account:
        """What is to be noted where nothing comes after it."""
        self.link_over()
        return self._account

    # --- what is told of it ------------------------------------------------------------------

    def view(self) -> MoneyView:
        """As it is now."""
        account = self._account
        return MoneyView(
            currency=self._money.currency,
            turn=self._turn_n / NANO,
            visit=self._visit_n / NANO,
            day=account.day.cost_n / NANO,
            month=account.month.cost_n / NANO,
            under_way=self._under_way_n() / NANO,
            today=account.day,
            this_month=account.month,
            soft_cause=self.soft_cause(),
            hard_cause=self.hard_cause(),
            prices_date=self._prices.date,
        )


def _answer(seconds: float) -> Tokens:
    """Of an answer, with its transcript."""
    return Tokens(
        text_out=ceil(seconds * TRANSCRIPT_TOKENS_PER_S),
        audio_out=ceil(seconds * AUDIO_TOKENS_PER_S),
    )


def _seconds(content: ServerContent) -> float:
    """Of the reply's sound in a message; in base64 four characters hold three bytes."""
    turn = content.model_turn
    parts = turn.parts if turn is not None else []
    chars = sum(len(part.inline_data.data) for part in parts if part.inline_data is not None)
    return chars * 3 / 4 / 2 / REPLY_HZ
