"""`kiosk knowledge`: what was read of the files of the house, and what the model gets of it."""

import argparse
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import UserError

if TYPE_CHECKING:
    from kiosk.knowledge.house_knowledge import Knowledge
    from kiosk.settings.types import Settings

Print = Callable[[str], None]


def add(known: argparse.ArgumentParser, print_: Print, settings: argparse.ArgumentParser) -> None:
    """Add what `kiosk knowledge` can do.

    Args:
        known: the parser of `kiosk knowledge`.
        print_: prints a text for the person.
        settings: the options `--config` and `--set`.
    """
    what = known.add_subparsers(metavar="check|show|ask", required=True)
    folder = argparse.ArgumentParser(add_help=False, parents=[settings])
    folder.add_argument(
        "--folder", type=Path, metavar="DIR", help="another folder than knowledge.folder"
    )
    check = what.add_parser(
        "check", parents=[folder], help="say what was read, what was passed over, and why"
    )
    check.set_defaults(verb=partial(_check, print_))
    show = what.add_parser(
        "show", parents=[folder], help="print the instruction that a session begins with"
    )
    show.set_defaults(verb=partial(_show, print_))
    ask = what.add_parser("ask", parents=[folder], help="print what the model would find")
    ask.add_argument("question", help="such as: where are the toilets")
    ask.add_argument("--language", metavar="TAG", help="of the question (default: live.language)")
    ask.add_argument("--day", metavar="DATE", help="whose programme is asked for: 2026-12-24")
    ask.set_defaults(verb=partial(_ask, print_))


def _loaded(options: argparse.Namespace) -> "tuple[Path, Knowledge, Settings]":
    from kiosk.settings import layers

    settings = layers.load(options.config, options.set).settings
    folder = options.folder or Path(settings.knowledge.folder)
    if not folder.is_dir():
        raise UserError(
            f"{folder}: is no folder that is here. Make it, put what the host is to know into it,"
            " or name another one with --folder DIR"
        )
    return folder, _read(folder, settings), settings


def _read(folder: Path, settings: "Settings") -> "Knowledge":
    from kiosk.knowledge.reading import KnowledgeReader

    reader = KnowledgeReader(folder, settings.live.language, settings.hours.timezone)
    return reader.read(_now(settings))


def _now(settings: "Settings") -> datetime:
    from zoneinfo import ZoneInfo

    zone = settings.hours.timezone
    return datetime.now(ZoneInfo(zone) if zone else None)


def _check(print_: Print, options: argparse.Namespace) -> int:
    from kiosk.knowledge.knowledge_check import findings

    folder, knowledge, _ = _loaded(options)
    for one in knowledge.documents:
        told = [f"{len(one.passages)} passages"] if one.passages else []
        told += [f"{len(one.events)} events"] if one.events else []
        tokens = knowledge.tokens_in(one)
        print_(f"read {one.name}: {', '.join(told) or 'nothing'}, {one.language}, {tokens} tokens")
    found = list(findings(folder, knowledge))
    for finding in found:
        print_(finding.line())
    where = "whole in the instruction" if knowledge.is_whole else "looked up by the model"
    print_(f"{len(knowledge.documents)} files, about {knowledge.tokens} tokens: {where}")
    return 2 if any(finding.severity == "error" for finding in found) else 0


def _show(print_: Print, options: argparse.Namespace) -> int:
    from kiosk.core.hours import OpeningHours
    from kiosk.core.inputs import WallClockAt
    from kiosk.knowledge.instruction import instruction

    _, knowledge, settings = _loaded(options)
    now = _now(settings)
    at = WallClockAt(now.date().isoformat(), now.hour * 60 + now.minute)
    print_(instruction(settings, OpeningHours(settings.hours), knowledge, at))
    return 0


def _ask(print_: Print, options: argparse.Namespace) -> int:
    _, knowledge, settings = _loaded(options)
    try:
        day = date.fromisoformat(options.day) if options.day else None
    except ValueError:
        raise UserError(f"--day {options.day}: expected a date such as 2026-12-24") from None
    language = options.language or settings.live.language
    found = knowledge.look_up(options.question, language, _now(settings), day)
    for one in found:
        print_(f"{one.source}: {one.title}" if one.title else one.source)
        print_("    " + one.text.replace("\n", "\n    "))
    if not found:
        print_("(nothing fits)")
    return 0
