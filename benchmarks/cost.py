"""What talking costs at Google: `python -m benchmarks.cost` prints the tables of docs/costs.md.

Nothing is measured here: list prices (`config/prices.toml`) and counts of tokens are multiplied,
for a visit that is described in numbers. What your own account was billed is at Google's console;
what a kiosk has counted is told by `kiosk usage`.
"""

from dataclasses import dataclass

from benchmarks.report import Table, text
from kiosk.core.ledger import AUDIO_TOKENS_PER_S, PREAMBLE_TOKENS
from kiosk.runtime import price_list
from kiosk.settings.layers import load

TUNING = load(system=None).settings.live.tuning
PRICES = price_list.read().models["gemini-3.8-live"]
TRANSCRIPT_TOKENS_PER_S = 3.3
"""Speech is about two and a half words a second, and a word is about 1.3 tokens."""


@dataclass(frozen=True)
class Visit:
    """What one visitor does. Seconds are of sound; instructions in tokens (about 0.75 words)."""

    turns: int = 4
    question_s: float = 5.0
    answer_s: float = 12.0
    instruction_tokens: int = 500

    def dollars(self) -> float:
        """The whole context is billed again at each turn; both transcripts count as text out."""
        total = history = 0.0
        for _ in range(self.turns):
            question, answer = (s * AUDIO_TOKENS_PER_S for s in (self.question_s, self.answer_s))
            transcripts = (self.question_s + self.answer_s) * TRANSCRIPT_TOKENS_PER_S
            total += (
                (PREAMBLE_TOKENS + self.instruction_tokens) * PRICES.text_in
                + (history + question) * PRICES.audio_in
                + answer * PRICES.audio_out
                + transcripts * PRICES.text_out
            )
            history += question + answer
            if history > TUNING.compress_at:
                history = TUNING.compress_to
        return total / 1e6


VISITS = {
    "one question, one answer": Visit(turns=1),
    "a usual visit: four questions": Visit(),
    "… with four pages of knowledge in the instruction": Visit(instruction_tokens=3_000),
    "a long talk: 40 questions": Visit(turns=40),
}
A_DAY = (50, 200, 500)
"""Visits."""


def visits() -> Table:
    rows = [[what, f"{visit.dollars():.3f}"] for what, visit in VISITS.items()]
    return Table(["visit", "US$"], rows)


def days() -> Table:
    usual = Visit().dollars()
    rows = [[str(count), f"{count * usual:.2f}", f"{count * usual * 26:.0f}"] for count in A_DAY]
    return Table(["usual visits a day", "US$ a day", "US$ a month of 26 days"], rows)


def hour() -> float:
    """US dollars of an hour in which somebody always talks, a new visitor every two minutes."""
    return 30 * Visit().dollars()


if __name__ == "__main__":
    print("\n\n".join(map(text, (visits(), days()))))
    print(f"\nAn hour with a new visitor every two minutes: US$ {hour():.2f}")
