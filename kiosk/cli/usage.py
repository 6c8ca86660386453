"""`kiosk usage`: what talking has cost, by day and month, as a table, for a program, or drawn.

It reads what the kiosk keeps in its state directory, so that it works beside a kiosk that runs and
without one. A kiosk that runs notes once a minute.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.prices import TOKEN_PRICES
from kiosk.core.tally import Account, Tally
from kiosk.core.tokens import NANO
from kiosk.errors import UserError
from kiosk.runtime.ledger_file import read_account, read_days

BAR_CHARS = 24
"""Width of the widest bar of the table."""
_EIGHTHS = " ▏▎▍▌▋▊▉"
_HEAD = ("", "visits", "turns", "cost", "a visit", "a turn", "again", "avatar min")
CSV_COLUMNS = (
    *("period", "currency", "visits", "turns", "cost", "context_again", "guessed"),
    *("avatar", "avatar_minutes", *TOKEN_PRICES),
)


class Usage(Struct, frozen=True):
    """What a kiosk has kept."""

    days: tuple[Tally, ...]
    """Oldest first; the last may be today."""
    account: Account

    @property
    def months(self) -> list[Tally]:
        """The days by month, oldest first."""
        names = sorted({day.period[:7] for day in self.days})
        return [
            replace(together(day for day in self.days if day.period[:7] == name), period=name)
            for name in names
        ]


def run(folder: Path, days: int, plot: Path | None, *, as_table: bool) -> str:
    """Do what was asked; returns what to print.

    Args:
        folder: the kiosk's state directory.
        days: how many of the newest days.
        plot: the PNG file to draw them into; None draws none.
        as_table: for a program, as CSV.

    Raises:
        UserError: it cannot be read or written, or there is nothing.
    """
    usage = read(folder)
    chosen = replace(usage, days=usage.days[-max(days, 1) :])
    if plot is None:
        return as_csv(chosen) if as_table else text(chosen, usage.months)
    from kiosk.cli import usage_plot

    usage_plot.write(chosen.days, usage.account.currency, plot)
    return f"wrote {plot}"


def read(folder: Path) -> Usage:
    """What the kiosk with this state directory has kept.

    Raises:
        UserError: it cannot be read, or there is nothing.
    """
    try:
        account, days = read_account(folder), read_days(folder)
    except PermissionError as error:
        raise UserError(
            f"{error.filename}: may not be read by this user. Remedy: sudo kiosk usage, or become"
            " a member of the group kiosk"
        ) from error
    except (OSError, ValueError) as error:
        raise UserError(
            f"{folder}: what talking has cost cannot be read: {error}. Move usage.json and"
            " usage-days.json out of the way: the kiosk begins anew at its next start"
        ) from error
    kept = {day.period: day for day in (*days, account.ended, account.day) if day.period}
    if not kept:
        raise UserError(
            f"{folder}: nothing was counted there yet. Has the kiosk answered anybody? Another"
            " state directory is named with --state-dir DIR"
        )
    return Usage(tuple(kept[period] for period in sorted(kept)), account)


def together(tallies: Iterable[Tally]) -> Tally:
    """The sum of some tallies."""

    def plus(one: Tally, other: Tally) -> Tally:
        spent = one.plus(other.tokens, other.cost_n, other.again_n, other.guessed_n)
        return replace(
            spent,
            turns=one.turns + other.turns,
            visits=one.visits + other.visits,
            avatar_s=one.avatar_s + other.avatar_s,
            avatar_n=one.avatar_n + other.avatar_n,
        )

    return reduce(plus, tallies, Tally())


def text(usage: Usage, months: Sequence[Tally]) -> str:
    """For a person: days with a bar for each, months, and how much was context."""
    days, account = usage.days, usage.account
    highest_n = max(day.cost_n for day in days)
    bars = [_bar(day.cost_n / highest_n if highest_n else 0.0) for day in days]
    summed = together(days)
    lines = [
        f"Cost in {account.currency}, at the prices of the day",
        "",
        *_table("day", days, bars),
        "",
        *_table("month", months, [""] * len(months)),
        "",
        f"{_share(summed.again_n, summed.cost_n)} of the cost was context that was read again:"
        " instruction and what was said before, at each question",
    ]
    if summed.guessed_n * 100 >= summed.cost_n > 0:
        lines.append(
            f"{_share(summed.guessed_n, summed.cost_n)} is guessed: the service never told, because"
            " a link broke or the power went"
        )
    if account.reserved_n:
        lines.append(
            f"up to {_money(account.reserved_n)} more may have been spent since the last note"
        )
    return "\n".join(lines)


def _table(what: str, tallies: Sequence[Tally], bars: Sequence[str]) -> list[str]:
    rows = [(what, *_HEAD[1:], ""), *map(_row, tallies, bars)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *map(str.rjust, row[1:-1], widths[1:]), row[-1]]
        ).rstrip()
        for row in rows
    ]


def _row(tally: Tally, bar: str) -> tuple[str, ...]:
    return (
        tally.period,
        str(tally.visits),
        str(tally.turns),
        _money(tally.cost_n),
        _each(tally.cost_n, tally.visits),
        _each(tally.cost_n, tally.turns),
        _share(tally.again_n, tally.cost_n),
        f"{tally.avatar_s / 60:.0f}" if tally.avatar_s else "-",
        bar,
    )


def _bar(share: float) -> str:
    whole, eighths = divmod(round(share * BAR_CHARS * 8), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()


def _money(amount_n: int) -> str:
    return f"{amount_n / NANO:.2f}"


def _each(amount_n: int, count: int) -> str:
    return f"{amount_n / NANO / count:.4f}" if count else "-"


def _share(part_n: int, whole_n: int) -> str:
    return f"{100 * part_n / whole_n:.0f} %" if whole_n else "-"


def as_csv(usage: Usage) -> str:
    """Every number of each day, with names of columns; amounts in the currency's unit."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for day in usage.days:
        amounts = (day.cost_n, day.again_n, day.guessed_n, day.avatar_n)
        cost, again, guessed, avatar = (f"{amount_n / NANO:.6f}" for amount_n in amounts)
        tokens = (getattr(day.tokens, name) for name in TOKEN_PRICES)
        writer.writerow(
            [
                *(day.period, usage.account.currency, day.visits, day.turns, cost, again, guessed),
                *(avatar, f"{day.avatar_s / 60:.2f}", *tokens),
            ]
        )
    return out.getvalue().rstrip("\n")
