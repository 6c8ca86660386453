"""What a kiosk runs with whose settings cannot be read at a start that nobody watches.

A service that refuses to start over a missing quote leaves a dark screen, and the message where
nobody looks. So the settings of each start that succeeded are kept in the state directory. A start
that finds a mistake runs with those, and shows the mistake to staff with file and line. Where none
were kept yet, the screen shows the mistake and nobody is talked to.

A person who types `kiosk run` gets the message and exit status 2 instead.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from kiosk.core.overlays import Mistake
from kiosk.errors import ConfigError, UserError
from kiosk.runtime.live_check import refuse
from kiosk.settings import layers, show
from kiosk.settings.installation import restart
from kiosk.settings.layers import Loaded
from kiosk.settings.whole_file import write_whole

log = logging.getLogger("kiosk")

FILE = "last-good.toml"
SYSTEM = Path("/etc/kiosk")
SHOWING_ONLY = (
    "button.source=none",
    "audio.output=null",
    "lamp.driver=none",
    "avatar.driver=face",
)
"""What differs from the packaged defaults while there is nothing but a mistake to show."""


def load(
    files: Sequence[Path], overrides: Sequence[str], state: Path, system: Path = SYSTEM
) -> tuple[Loaded, Mistake | None]:
    """The settings to run with, and what is wrong with those that were asked for.

    Args:
        files: of `--config`.
        overrides: of `--set`.
        state: the state directory.
        system: where the system's files are.
    """
    try:
        return _usable(layers.load(files, overrides, system)), None
    except UserError as error:
        told = _first(str(error))
    try:
        return _usable(layers.load([state / FILE], system=None)), Mistake(told, serves=True)
    except UserError as error:
        log.warning("no settings of an earlier start can be used: %s", error)
    return layers.load(overrides=SHOWING_ONLY, system=None), Mistake(told, serves=False)


def _usable(loaded: Loaded) -> Loaded:
    """The settings, if a kiosk can start with them: it ends where a recording cannot be played, and
    dials nobody who would refuse them.
    """
    from kiosk.audio.process import files

    refuse(loaded)
    try:
        files.check(loaded.settings.audio)
    except UserError as error:
        key = str(error).partition(" ")[0]
        raise ConfigError(f"{loaded.origins.get(key, key)}: {error}") from error
    return loaded


def _first(mistakes: str) -> str:
    """The first of several mistakes, a line each, and how many more there are."""
    first, *more = mistakes.splitlines()
    rest = f" (and {len(more)} more: kiosk config check)" if more else ""
    return f"{' '.join(first.split())}{rest}"


def report(mistake: Mistake) -> None:
    """Say in the journal what is wrong, what runs instead, and how to go on."""
    instead = (
        "Running with the settings of the last good start"
        if mistake.serves
        else "Nobody is served, because no earlier start has succeeded; the screen shows this"
    )
    log.error(
        "%s: %s. %s. Once it is mended (kiosk config check): %s",
        mistake.code, mistake.told, instead, restart(),
    )  # fmt: skip


def keep(loaded: Loaded, state: Path) -> None:
    """Keep the settings of a start that succeeded; they hold no secrets.

    Written only where they differ, for the sake of the memory card.

    Raises:
        OSError: they cannot be written.
    """
    file, text = state / FILE, show.settings(loaded) + "\n"
    try:
        if file.read_text("utf-8") == text:
            return
    except (OSError, ValueError):
        pass  # There are none, or they are damaged: these take their place.
    write_whole(file, text.encode(), synced=True)
