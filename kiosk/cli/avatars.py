"""`kiosk avatars`: which packs there are, what is in one, what is wrong with one, how it looks."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import UserError

if TYPE_CHECKING:
    from kiosk.avatar.face.pack import Pack


Print = Callable[[str], None]


def add(avatars: argparse.ArgumentParser, print_: Print, settings: argparse.ArgumentParser) -> None:
    """Add what `kiosk avatars` can do.

    Args:
        avatars: the parser of `kiosk avatars`.
        print_: prints a text for the person.
        settings: the options `--config` and `--set`.
    """
    what = avatars.add_subparsers(metavar="list|show|check|preview", required=True)
    what.add_parser("list", help="which packs are installed").set_defaults(
        verb=partial(_list, print_)
    )
    show = what.add_parser("show", help="what is in a pack")
    show.add_argument("pack", metavar="NAME", help="of an installed one, or a path with a slash")
    show.set_defaults(verb=partial(_show, print_))
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
    check.set_defaults(verb=partial(_check, print_))
    preview = what.add_parser("preview", help="film a pack while it speaks")
    preview.add_argument("pack", metavar="NAME|DIR")
    preview.add_argument("--out", type=Path, required=True, metavar="FILE.mp4")
    preview.add_argument("--size", default="960x540", metavar="WxH")
    preview.set_defaults(verb=partial(_preview, print_))


def _list(print_: Print, _: argparse.Namespace) -> int:
    from kiosk.avatar.face import pack
    from kiosk.avatar.face.manifest import PackError, read_manifest

    lines = []
    for name, folder in pack.names().items():
        try:
            manifest = read_manifest(folder)
            lines.append(f"{name:12} {manifest.name}: {manifest.about} ({folder})")
        except PackError:
            lines.append(f"{name:12} broken: kiosk avatars check {folder}")
    print_("\n".join(lines))
    return 0


def _show(print_: Print, options: argparse.Namespace) -> int:
    from kiosk.avatar.face import pack

    print_(_described(pack.load(pack.find(options.pack))))
    return 0


def _described(pack: "Pack") -> str:
    manifest = pack.manifest
    width, height = manifest.canvas[2:4]
    lines = [
        f"{manifest.name}: {manifest.about}",
        f"by {manifest.author}, licence {manifest.licence}, in {pack.folder}",
        f"voice {manifest.voice or 'of your choice'}, canvas {width:g} x {height:g}",
        f"expressions: {', '.join(sorted(manifest.expressions)) or 'none'}",
        "layers, from back to front:",
    ]
    for layer in manifest.layers:
        shapes = f", {' '.join(layer.shapes)}" if layer.shapes else ""
        lines.append(f"  {layer.name} ({layer.follows}, depth {layer.depth:g}){shapes}")
    return "\n".join(lines)


def _check(print_: Print, options: argparse.Namespace) -> int:
    if options.folder is None:
        from kiosk.cli import avatars_check
        from kiosk.settings import layers, paths

        settings = layers.load(options.config, options.set).settings
        journal = paths.state_dir() / "avatars-check"
        if not options.meter:
            return avatars_check.check(settings, journal, print_)
        from kiosk.cli.avatars_meter import MeteredCheck

        return avatars_check.check(settings, journal, print_, MeteredCheck)
    if options.meter:
        raise UserError("--meter measures a cloud avatar: leave the folder of a pack away")
    from kiosk.avatar.face import pack_check
    from kiosk.avatar.face.manifest import PackError

    faults = pack_check.faults(options.folder)
    if faults:
        raise PackError("\n".join(f"{options.folder.name}/{fault}" for fault in faults))
    print_("ok")
    return 0


def _preview(print_: Print, options: argparse.Namespace) -> int:
    from kiosk.cli import avatars_preview

    try:
        width, height = (int(side) for side in options.size.split("x"))
    except ValueError:
        raise UserError(f"--size {options.size}: write it as 960x540") from None
    avatars_preview.write(options.pack, options.out, (width // 2 * 2, height // 2 * 2))
    print_(str(options.out))
    return 0
