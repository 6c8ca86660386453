"""`kiosk avatars`: which packs there are, what is in one, what is wrong with one, how it looks."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import UserError

if TYPE_CHECKING:
    from kiosk.avatar.face.pack import Pack


Tell = Callable[[str], None]


def add(avatars: argparse.ArgumentParser, tell: Tell, settings: argparse.ArgumentParser) -> None:
    """Add the verb's own verbs; `tell` prints to the person, `settings` are the options of those
    that need them.
    """
    what = avatars.add_subparsers(metavar="list|show|check|preview", required=True)
    what.add_parser("list", help="which packs are installed").set_defaults(
        verb=partial(_list, tell)
    )
    show = what.add_parser("show", help="what is in a pack")
    show.add_argument("pack", metavar="NAME", help="of an installed one, or a path with a slash")
    show.set_defaults(verb=partial(_show, tell))
    check = what.add_parser(
        "check",
        parents=[settings],
        help="say what is wrong with a pack; or open a session with the cloud avatar, for five"
        " seconds, and measure it",
    )
    check.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="of the pack; without it the cloud avatar that the settings name",
    )
    check.add_argument(
        "--meter",
        action="store_true",
        help="keep the session for two of the vendor's idle time-outs, and lay its bill beside what"
        " is counted here; how long that takes and what it costs is said first",
    )
    check.set_defaults(verb=partial(_check, tell))
    preview = what.add_parser("preview", help="film a pack while it speaks")
    preview.add_argument("pack", metavar="NAME|DIR")
    preview.add_argument("--out", type=Path, required=True, metavar="FILE.mp4")
    preview.add_argument("--size", default="960x540", metavar="WxH")
    preview.set_defaults(verb=partial(_preview, tell))


def _list(tell: Tell, _: argparse.Namespace) -> int:
    from kiosk.avatar.face import pack

    lines = []
    for name, folder in pack.names().items():
        try:
            told = pack.manifest(folder)
            lines.append(f"{name:12} {told.name}: {told.about} ({folder})")
        except pack.PackError:
            lines.append(f"{name:12} broken: kiosk avatars check {folder}")
    tell("\n".join(lines))
    return 0


def _show(tell: Tell, options: argparse.Namespace) -> int:
    from kiosk.avatar.face import pack

    tell(_described(pack.load(pack.find(options.pack))))
    return 0


def _described(worn: "Pack") -> str:
    told = worn.manifest
    lines = [
        f"{told.name}: {told.about}",
        f"by {told.author}, licence {told.licence}, in {worn.folder}",
        f"voice {told.voice or 'of your choice'}, canvas {told.canvas[2]:g} x {told.canvas[3]:g}",
        f"expressions: {', '.join(sorted(told.expressions)) or 'none'}",
        "layers, from back to front:",
    ]
    for layer in told.layers:
        shapes = f", {' '.join(layer.shapes)}" if layer.shapes else ""
        lines.append(f"  {layer.name} ({layer.follows}, depth {layer.depth:g}){shapes}")
    return "\n".join(lines)


def _check(tell: Tell, options: argparse.Namespace) -> int:
    if options.folder is None:
        from kiosk.cli import avatars_check
        from kiosk.settings import layers, paths

        settings = layers.load(options.config, options.set).settings
        journal = paths.state_dir() / "avatars-check"
        if not options.meter:
            return avatars_check.check(settings, journal, tell)
        from kiosk.cli.avatars_meter import MeteredCheck

        return avatars_check.check(settings, journal, tell, MeteredCheck)
    if options.meter:
        raise UserError("--meter measures a cloud avatar: leave the folder of a pack away")
    from kiosk.avatar.face import pack, trial

    faults = trial.faults(options.folder)
    if faults:
        raise pack.PackError("\n".join(f"{options.folder.name}/{fault}" for fault in faults))
    tell("ok")
    return 0


def _preview(tell: Tell, options: argparse.Namespace) -> int:
    from kiosk.cli import avatars_preview

    try:
        width, height = (int(side) for side in options.size.split("x"))
    except ValueError:
        raise UserError(f"--size {options.size}: write it as 960x540") from None
    avatars_preview.write(options.pack, options.out, (width // 2 * 2, height // 2 * 2))
    tell(str(options.out))
    return 0
