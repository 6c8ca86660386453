"""The command line `kiosk`: what a person types.

Each verb imports what it needs inside its function: `kiosk run` is to have its first message on the
wire 0.3 s after exec, on a slow board. Exit status: 0 done, 1 failed, 2 something that the person
can mend (the message says how, without a traceback), 130 interrupted.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk import __version__
from kiosk.cli import avatars, ctl, knowledge, tools
from kiosk.errors import KioskError, UserError
from kiosk.settings.untrusted import printable

Verb = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Do what `argv` says (default: the command line); return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["concierge"]:  # it has its own options and help
            return _concierge(arguments[1:])
        options = _parser().parse_args(arguments)
        verb: Verb = options.verb
        return verb(options)
    except KioskError as error:
        print(f"kiosk: {printable(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, UserError) else 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk", description="A talking host for reception desks and exhibits."
    )
    parser.add_argument("--version", action="version", version=f"kiosk {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    settings = _settings_options()
    runtime = argparse.ArgumentParser(add_help=False)
    runtime.add_argument(
        "--runtime-dir",
        type=Path,
        metavar="DIR",
        help="where rings and control socket are (default: $RUNTIME_DIRECTORY, /run/kiosk,"
        " $XDG_RUNTIME_DIR/kiosk)",
    )

    run = verbs.add_parser(
        "run", parents=[settings, runtime], help="run the kiosk until it is stopped"
    )
    run.set_defaults(verb=_run)

    demo = verbs.add_parser(
        "demo",
        parents=[settings],
        help="try the kiosk with this board's own service: no key, no network",
    )
    _add_demo_options(demo)
    demo.set_defaults(verb=_demo)

    verbs.add_parser("concierge", help="serve the Live API on this board; see its own --help")

    drive = verbs.add_parser("ctl", parents=[runtime], help="drive a running kiosk")
    ctl.add_requests(drive)
    drive.set_defaults(verb=_ctl)

    _add_usage(verbs.add_parser("usage", help="say what talking has cost, by day and month"))

    packs = verbs.add_parser("avatars", help="list, show, check or film packs; try a cloud avatar")
    avatars.add(packs, _print, settings)

    known = verbs.add_parser("knowledge", help="check, show or ask what the host knows")
    knowledge.add(known, _print, settings)

    listed = verbs.add_parser("tools", help="list what the model may call, or call it by hand")
    tools.add(listed, _print, settings, runtime)

    privacy = verbs.add_parser(
        "privacy", parents=[settings], help="say what goes where with these settings"
    )
    privacy.set_defaults(verb=_privacy)

    config = verbs.add_parser("config", help="check or show the settings")
    _add_config_verbs(config, settings)
    return parser


def _add_usage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days", type=int, default=31, metavar="N", help="how many days (default: 31)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print all that is counted, for a program")
    form.add_argument("--plot", type=Path, metavar="FILE", help="draw the days into a PNG file")
    parser.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="the kiosk's state directory (default: $STATE_DIRECTORY, /var/lib/kiosk,"
        " ~/.local/state/kiosk)",
    )
    parser.set_defaults(verb=_usage)


def _add_demo_options(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--fullscreen", action="store_true", help="take the whole screen")
    demo.add_argument("--scripted", action="store_true", help="let a scripted visitor talk")
    demo.add_argument("--size", metavar="WxH", help="size of the picture, such as 800x480")
    demo.add_argument("--out", type=Path, metavar="DIR", help="where to leave sound and pictures")
    demo.add_argument(
        "--avatar",
        nargs="?",
        choices=["face", "liveavatar", "heygen", "avatarim"],
        default="face",
        const="liveavatar",
        help="show a cloud avatar, LiveAvatar where none is named, by a stand-in of its vendor's"
        " cloud, from a clone of the source; without this the kiosk's own face talks",
    )


def _add_config_verbs(config: argparse.ArgumentParser, settings: argparse.ArgumentParser) -> None:
    what = config.add_subparsers(metavar="check|show", required=True)
    check = what.add_parser(
        "check",
        parents=[settings],
        help="say what is wrong with the settings and all that they point to",
    )
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    check.set_defaults(verb=_config_check)
    show = what.add_parser(
        "show", parents=[settings], help="print every value and the file that set it"
    )
    show.set_defaults(verb=_config_show)


def _settings_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--config",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="more settings, over those of /etc/kiosk; repeatable",
    )
    options.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one setting, such as live.voice=Puck; repeatable",
    )
    return options


def _run(options: argparse.Namespace) -> int:
    from kiosk.runtime import daemon, last_good
    from kiosk.service import notify
    from kiosk.settings import layers, paths

    if not notify.unattended():
        loaded = layers.load(options.config, options.set)
        return daemon.run(loaded, paths.runtime_dir(options.runtime_dir))
    state = paths.state_dir()
    loaded, mistake = last_good.load(options.config, options.set, state)
    on_ready = None if mistake else lambda: last_good.keep(loaded, state)
    runtime_dir = paths.runtime_dir(options.runtime_dir)
    return daemon.run(loaded, runtime_dir, mistake=mistake, on_ready=on_ready)


def _demo(options: argparse.Namespace) -> int:
    from kiosk import demo

    overrides = [*options.set, *([f"display.size={options.size}"] if options.size else [])]
    return demo.run(
        files=options.config,
        overrides=overrides,
        out=options.out,
        scripted=options.scripted,
        fullscreen=options.fullscreen,
        avatar=options.avatar,
    )


def _concierge(arguments: list[str]) -> int:
    from kiosk.concierge import serve

    return serve.main(arguments)


def _ctl(options: argparse.Namespace) -> int:
    from kiosk.settings import paths

    answer = ctl.ask(paths.control_socket(options.runtime_dir), ctl.request_of(options))
    _print(ctl.readable(answer))
    return 0 if answer.get("ok") is True else 1


def _usage(options: argparse.Namespace) -> int:
    from kiosk.cli import usage
    from kiosk.settings import paths

    folder = paths.kept_state(options.state_dir)
    _print(usage.run(folder, options.days, options.plot, as_table=options.csv))
    return 0


def _config_check(options: argparse.Namespace) -> int:
    from kiosk.cli import config_check
    from kiosk.settings import layers

    loaded = layers.load(options.config, options.set)
    found = config_check.findings(loaded)
    if options.json:
        import msgspec

        _print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _print(config_check.text(loaded, found))
    return 2 if any(finding.severity == "error" for finding in found) else 0


def _config_show(options: argparse.Namespace) -> int:
    from kiosk.settings import layers, show

    _print(show.text(layers.load(options.config, options.set)))
    return 0


def _privacy(options: argparse.Namespace) -> int:
    from kiosk.cli import privacy
    from kiosk.settings import layers

    _print(privacy.page(layers.load(options.config, options.set).settings))
    return 0


def _print(text: str) -> None:
    """Print to a person or a pipe; a reader that went away (`| head -1`) is no mistake.

    A pack's or a file's words may stand in it: nothing is printed that drives a terminal.
    """
    encoded = printable(text.encode("utf-8", "backslashreplace").decode()).encode()
    try:
        sys.stdout.buffer.write(encoded + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python would flush once more at exit and complain: give it somewhere to flush to.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
